"""A run in words: what it is, what it is doing, how long it will take."""

from __future__ import annotations

from typing import Any

from tdot_core.services.catalogue.divisions import division_words, network_of
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from ui.words import seconds_text, whole_percent

COLOURS = {
    "pending": "blue",
    "running": "blue",
    "stopping": "orange",
    "stopped": "gray",
    "done": "green",
    "failed": "red",
    "crashed": "red",
}
NAMES = {"pending": "starting"}


def kind_name(kind: str) -> str:
    """Return what a run makes, by the name people know it under."""
    labels = {info.key: info.label for info in prior_catalogue()}
    return labels.get(kind, kind.capitalize())


def run_name(run: Run) -> str:
    """Return the name that people gave a run, or what it makes."""
    return str(run.spec.get("label") or kind_name(run.kind))


def state_words(run: Run, status: RunStatus) -> str:
    """Return what a run is doing in a few words: `running, 42 %, 3 min left`."""
    if run.shipped:
        return f"shipped{' and preferred' if run.spec.get('preferred') else ''}, {status.step:,} steps"
    if status.place:
        return f"waiting, place {status.place} in line"
    name = NAMES.get(status.state, status.state)
    if not status.total:
        return name
    if status.state == "done":
        return f"done, {status.step:,} steps"
    words = f"{name}, {whole_percent(share(status))}" if status.active else f"{name} at {whole_percent(share(status))}"
    return f"{words}, {seconds_text(status.eta)} left" if status.eta is not None and status.active else words


def share(status: RunStatus) -> float:
    """Return the share of its steps that a run has taken, 0..1."""
    return min(max(status.step / status.total, 0.0), 1.0) if status.total > 0 else 0.0


def progress_words(status: RunStatus) -> str:
    """Return step, rate and remaining time as one line for a progress bar."""
    if status.place:
        return f"Waiting for another job to end: place {status.place} in line. It starts by itself"
    if not status.total:
        return "Starting: loading the data and building the networks"
    parts = [f"{status.phase.capitalize() or 'Step'}: {status.step:,} of {status.total:,}"]
    if status.rate:
        parts.append(
            f"{status.rate:.1f} steps per second" if status.rate >= 1 else f"{seconds_text(1 / status.rate)} per step"
        )
    if status.eta is not None:
        parts.append(f"{seconds_text(status.eta)} left")
    return " · ".join(parts)


def t_words(run: Run) -> str:
    """Return the step a run was trained at as `t = 10`, or nothing for what has none."""
    t = run.config.get("t_train")
    return f"t = {t}" if isinstance(t, int) else ""


def settings_rows(run: Run) -> list[dict[str, Any]]:
    """Return what a run was made with as rows of setting and value, data and seed first."""
    named = run.spec.get("dataset")
    data: dict[str, Any] = named if isinstance(named, dict) else {}
    facts = {
        "data set": f"{data.get('name', '?')} ({data.get('n_train', 0):,} images)",
        "seed": run.spec.get("seed"),
        "division": division_words(run.kind, network_of(run.spec)) or None,
        "device": run.spec.get("device"),
        "created": run.spec.get("created"),
        "code": run.spec.get("code_version"),
    }
    return [
        {"setting": name, "value": str(value)} for name, value in {**facts, **run.config}.items() if value is not None
    ]
