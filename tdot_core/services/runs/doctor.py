"""Finding what is wrong with the runs on disk, and mending it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.runs.attempts import attempts, close_open
from tdot_core.services.runs.checkpoints import (
    checkpoints,
    load_latest,
    load_weights,
    read_tensors,
    remove_stale_temporaries,
    replace_weights,
    stale_temporaries,
)
from tdot_core.services.runs.settling import settle
from tdot_core.services.runs.status import CRASHED, RESERVE, RunStatus, read_status, write_status
from tdot_core.services.runs.store import RUN_ID, Run, open_run, runs_dir
from tdot_core.services.storage.files import read_json
from tdot_core.services.storage.locks import held
from tdot_core.services.storage.paths import cache_root
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.storage.trash import forgotten

OLD_SECONDS = 3600.0


@dataclass(frozen=True)
class Ailment:
    """Say what is wrong where, what mends it in words, and the function that does; None when only a person can."""

    place: str
    what: str
    remedy: str
    mend: Callable[[], object] | None = None


def examine() -> list[Ailment]:
    """Return everything that is wrong with the own runs; reads, and changes nothing."""
    found = list(_leftovers())
    for path in sorted(runs_dir().iterdir()) if runs_dir().is_dir() else ():
        if not path.name.startswith(".") and path.is_dir():
            found += _run_findings(path)
    return found


def mend(findings: list[Ailment]) -> list[Ailment]:
    """Mend what can be mended and return what is left. Raises TdotError in the read-only mode."""
    refuse_when_read_only()
    left = []
    for finding in findings:
        try:
            if finding.mend is None:
                left.append(finding)
            else:
                finding.mend()
        except (OSError, TdotError) as error:
            left.append(replace(finding, remedy=f"could not be mended ({str(error)[:120]})"))
    return left


def _leftovers() -> Iterator[Ailment]:
    for path in [*runs_dir().glob(".importing-*"), *cache_root().glob(".upload-*")]:
        if abs(time.time() - path.stat().st_mtime) > OLD_SECONDS:
            yield Ailment(path.name, "an import that was interrupted", "removed", partial(shutil.rmtree, path))
    for path in forgotten():
        yield Ailment(path.name, "deleted, and still on the disk", "removed", partial(shutil.rmtree, path))


def _run_findings(path: Path) -> Iterator[Ailment]:
    if not RUN_ID.fullmatch(path.name):
        yield Ailment(path.name, "a folder whose name no run can have", "set aside", partial(_set_aside, path))
        return
    try:
        run = open_run(path)
    except TdotError as error:
        yield Ailment(path.name, str(error), "set aside under cache/set-aside", partial(_set_aside, path))
        return
    yield from _status_findings(run)
    if not read_status(path).active and not held(path / "work.lock"):
        yield from _file_findings(run)


def _status_findings(run: Run) -> Iterator[Ailment]:
    path = run.path
    try:
        on_disk = read_json(path / "status.json").get("state")
    except TdotError as error:
        yield Ailment(run.id, str(error), "written anew from its checkpoints", partial(_rebuild_status, path))
        return
    status = read_status(path)
    if status.state == "failed" and on_disk != "failed":
        yield Ailment(run.id, status.message, "written anew from its checkpoints", partial(_rebuild_status, path))
    elif status.state == "crashed" and on_disk != "crashed":
        yield Ailment(
            run.id, "shown as at work on disk, but its process is gone", "marked as crashed", partial(settle, path)
        )
    elif not status.active and any("state" not in attempt for attempt in attempts(path)[-1:]):
        yield Ailment(run.id, "its last attempt has no end", "closed", partial(close_open, path, CRASHED))


def _file_findings(run: Run) -> Iterator[Ailment]:
    path = run.path
    left = [*stale_temporaries(path), *(p for p in (path / RESERVE, path / "STOP") if p.exists())]
    if left:
        names = ", ".join(p.name for p in left[:3])
        yield Ailment(run.id, f"{len(left)} files of an interrupted write ({names})", "removed", partial(_clear, path))
    for checkpoint in checkpoints(path):
        record = checkpoint.with_suffix(".json")
        if record.exists():
            try:
                read_tensors(checkpoint, str(read_json(record).get("sha256")))
            except TdotError as error:
                yield Ailment(run.id, str(error), "removed; the one before counts", partial(_drop, checkpoint))
    if run.kind != "evaluation":
        yield from _weights_findings(run)


def _weights_findings(run: Run) -> Iterator[Ailment]:
    latest, _ = load_latest(run.path)
    try:
        load_weights(run.path)
    except TdotError as error:
        if latest is not None:
            yield Ailment(run.id, str(error), "taken from its last good checkpoint", partial(_rebuild_weights, run))
        elif (run.path / "weights.safetensors").exists():
            yield Ailment(run.id, str(error), "no checkpoint is left: train it again, or delete it")


def _set_aside(path: Path) -> None:
    target = cache_root() / "set-aside"
    target.mkdir(parents=True, exist_ok=True)
    path.rename(target / f"{int(time.time())}-{path.name[:80]}")


def _clear(path: Path) -> None:
    remove_stale_temporaries(path)
    for name in (RESERVE, "STOP"):
        (path / name).unlink(missing_ok=True)


def _drop(checkpoint: Path) -> None:
    checkpoint.unlink(missing_ok=True)
    checkpoint.with_suffix(".json").unlink(missing_ok=True)


def _rebuild_status(path: Path) -> None:
    latest, _ = load_latest(path)
    records = open_run(path).metrics()
    step = int(latest["step"]) if latest is not None and "step" in latest else 0
    total = next((t for r in reversed(records) if isinstance(t := r.get("total"), int)), 0)
    message = "Its status was lost and written anew from its checkpoints. Resume continues."
    write_status(
        path, RunStatus(state="stopped", step=step, total=total, message=message, attempts=len(attempts(path)))
    )


def _rebuild_weights(run: Run) -> None:
    latest, _ = load_latest(run.path)
    averages = {name.split("/")[1] for name in latest or {} if name.startswith("ema/")}
    if latest is None or len(averages) != 1:
        raise TdotError("its checkpoint does not hold them; resume it and they are written at the next checkpoint")
    prefix = f"ema/{averages.pop()}/"
    weights = {name.removeprefix(prefix): t for name, t in latest.items() if name.startswith(prefix)}
    replace_weights(run.path, int(latest["step"]), weights)
