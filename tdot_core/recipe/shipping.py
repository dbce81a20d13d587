"""Turning a finished run into a shipped one under assets/models: small, read-only, with its provenance."""

from __future__ import annotations

import json
import platform
import shutil
from pathlib import Path
from typing import Any

import torch
from torch.utils.tensorboard import SummaryWriter

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.divisions import division_words, network_of
from tdot_core.services.runs.checkpoints import load_weights, write_tensors
from tdot_core.services.runs.kinds import find_trainable, trainables
from tdot_core.services.runs.store import RUN_ID, Run, list_runs, shipped_dir
from tdot_core.services.storage.files import read_json, write_json, write_text

CURVE_POINTS = 400


def training_hours(records: list[dict[str, Any]]) -> float:
    """Return the hours spent between records, leaving out pauses of over ten minutes."""
    times = [float(r["time"]) for r in records if "time" in r]
    return sum(b - a for a, b in zip(times, times[1:], strict=False) if 0 < b - a < 600) / 3600


def provenance(run: Run) -> dict[str, Any]:
    """Return what made a run: data, code, seed, hardware, hours, steps and a thinned loss curve."""
    records = run.metrics()
    last = records[-1] if records else {}
    return {
        "run": run.id,
        "dataset": run.spec.get("dataset"),
        "seed": run.spec.get("seed"),
        "code_version": run.spec.get("code_version"),
        "created": run.spec.get("created"),
        "hardware": f"{platform.machine()} CPU, torch {torch.__version__}",
        "hours": round(training_hours(records), 2),
        "steps": last.get("step", 0),
        "planned_steps": last.get("total", 0),
        "weights_step": read_json(run.path / "weights.json").get("step"),
        "curve": records[:: max(1, len(records) // CURVE_POINTS)],
    }


def model_card(run: Run, name: str, label: str, facts: dict[str, Any]) -> str:
    """Return the model card of a shipped run in Markdown: what it is, what it was trained on, how long, its limits."""
    cls = find_trainable(run.kind)
    settings = "\n".join(f"| {key} | {value} |" for key, value in run.config.items())
    division = division_words(run.kind, network_of(run.spec))
    standing = f"- Division: {division}.\n" if division else ""
    finished = "to the end" if facts["weights_step"] == facts["planned_steps"] else "and stopped before the planned end"
    return f"""# {label}

{cls.summary}. Method: {cls.reference} (see the Method screen). Key `{run.kind}`, shipped as `{name}`.

{standing}- Data: {facts["dataset"]["name"]} ({facts["dataset"]["n_train"]} training images, content id {facts["dataset"]["id"]}).
- Trained {facts["weights_step"]} of {facts["planned_steps"]} planned steps {finished}, {facts["hours"]} hours on {facts["hardware"]}, seed {facts["seed"]}.
- Code version {facts["code_version"]}. Weights: the moving average, stored in float16.
- Meant for studying truncated diffusion on 32x32 images. Not a general image generator.

| setting | value |
|---|---|
{settings}

Train it again: `python -m tdot_core train {run.kind} --dataset {facts["dataset"]["name"]}` with the settings above.
"""


def ship(run: Run, name: str, *, label: str = "", preferred: bool = False) -> Run:
    """Copy a run's weights (float16), spec, curve and samples to assets/models/NAME with provenance and a model card.

    preferred: the one its key stands for. Raises TdotError for an unusable name, a run without weights or one that ships
    already, and weights that float16 cannot hold.
    """
    if run.shipped:
        raise TdotError(f"{run.id} ships with TDOT already; give a run of your own (python -m tdot_core runs list).")
    if name in trainables() and not (preferred and name == run.kind):
        raise TdotError(
            f"The name {name} stands for the preferred model of its kind. Choose another, such as {name}-2, or prefer the model "
            f"(--preferred) when it is of the kind {name}."
        )
    if not RUN_ID.fullmatch(name):
        raise TdotError(f"A shipped model's name is lower-case letters, digits, dots and dashes; found {name[:80]!r}.")
    weights, facts = load_weights(run.path), provenance(run)
    folder = shipped_dir() / name
    label = label or find_trainable(run.kind).label
    half = {k: t.half() if t.is_floating_point() else t for k, t in weights.items()}
    for key, tensor in half.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise TdotError(f"{run.id} cannot be shipped in float16: {key} holds values beyond 65504, or NaN.")
    if folder.exists():
        shutil.rmtree(folder)
    digest = write_tensors(folder / "weights.safetensors", half)
    write_json(folder / "weights.json", {"step": facts["weights_step"], "sha256": digest})
    write_json(folder / "spec.json", {**run.spec, "label": label, "preferred": preferred, "device": "auto"})
    write_json(folder / "provenance.json", {k: v for k, v in facts.items() if k != "curve"})
    write_text(folder / "metrics.jsonl", "".join(json.dumps(record) + "\n" for record in facts["curve"]))
    _write_events(folder, facts["curve"])
    write_text(folder / "MODEL_CARD.md", model_card(run, name, label, facts))
    _copy_last_sheet(run, folder)
    return mark(run.kind, name, label, preferred)


def mark(kind: str, name: str, label: str, preferred: bool) -> Run:
    """Give a shipped run its label, and its kind's key to stand for, or not; return it. Writes only what differs."""
    for run in [run for run in list_runs(kind) if run.shipped]:
        # A key stands for one run, so the newest choice takes the mark from the one before.
        others = {"preferred": False} if preferred else {}
        wanted = {"label": label, "preferred": preferred} if run.id == name else others
        if any(run.spec.get(key) != value for key, value in wanted.items()):
            write_json(run.path / "spec.json", {**run.spec, **wanted})
    return next(run for run in list_runs(kind) if run.shipped and run.id == name)


def _write_events(folder: Path, curve: list[dict[str, Any]]) -> None:
    with SummaryWriter(str(folder)) as writer:
        for record in curve:
            for name in record.keys() - {"step", "total", "time"}:
                writer.add_scalar(f"loss/{name}", record[name], record["step"], walltime=record.get("time"))
    # TensorBoard's own names end in the machine's host name, which is nobody's business.
    for events in folder.glob("events.out.tfevents.*"):
        events.rename(folder / "events.out.tfevents.curve")


def _copy_last_sheet(run: Run, folder: Path) -> None:
    for sheet in run.samples()[-1:]:
        (folder / "samples").mkdir(exist_ok=True)
        shutil.copyfile(sheet, folder / "samples" / sheet.name)
