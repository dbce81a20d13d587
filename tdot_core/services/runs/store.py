"""Finding, making and deleting run directories."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError, unknown_name
from tdot_core.services.runs.status import RunStatus, read_status, write_status
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import assets_root, cache_root
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.storage.trash import destroy, hide

RUN_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Run:
    """Name one run directory. kind: what it makes ("denoiser", "ot", ..., "evaluation"); shipped: read-only, in assets/."""

    path: Path
    spec: dict[str, Any]
    shipped: bool

    @property
    def id(self) -> str:
        """Return the run's name, which is its folder's."""
        return self.path.name

    @property
    def kind(self) -> str:
        """Return what the run makes."""
        return str(self.spec["kind"])

    @property
    def label(self) -> str:
        """Return the name people gave it, or its id."""
        return str(self.spec.get("label") or self.id)

    @property
    def config(self) -> dict[str, Any]:
        """Return the settings of the training as plain values."""
        return dict(self.spec.get("config") or {})

    @property
    def weights_path(self) -> Path:
        """Return where its weights lie, or would."""
        return self.path / "weights.safetensors"

    def status(self) -> RunStatus:
        """Read what the run is doing now."""
        if self.shipped:
            facts = read_json(self.path / "provenance.json")
            step, total = int(facts["weights_step"]), int(facts["planned_steps"])
            return RunStatus(state="done", step=step, total=total, message="Shipped with TDOT.")
        return read_status(self.path)

    def metrics(self) -> list[dict[str, Any]]:
        """Read the recorded losses, oldest first; a half-written last line is left out."""
        path = self.path / "metrics.jsonl"
        if not path.exists():
            return []
        records = []
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict) and isinstance(record.get("step"), int):
                records.append(record)
        return records

    def samples(self) -> list[Path]:
        """Return its sample sheets, oldest first."""
        return sorted((self.path / "samples").glob("*.png"))


def runs_dir() -> Path:
    """Return the folder of the user's own runs."""
    return cache_root() / "runs"


def shipped_dir() -> Path:
    """Return the folder of shipped runs."""
    return assets_root() / "models"


def _open(path: Path, shipped: bool) -> Run:
    try:
        facts = (path / "spec.json").stat()
    except OSError:
        return Run(path, _read_spec(path), shipped)
    # A spec is written once; screens ask for all of them at every click.
    return Run(path, _known_spec(path, facts.st_mtime_ns, facts.st_size, facts.st_ino), shipped)


@lru_cache(maxsize=4096)
def _known_spec(path: Path, changed: int, size: int, node: int) -> dict[str, Any]:
    return _read_spec(path)


def _read_spec(path: Path) -> dict[str, Any]:
    spec = read_json(path / "spec.json")
    if not isinstance(spec.get("kind"), str):
        raise TdotError(f"{path.name}/spec.json names no kind of run.")
    for name in ("config", "dataset"):
        if not isinstance(spec.get(name, {}), dict | None):
            raise TdotError(f"{path.name}/spec.json gives {name} as {str(spec[name])[:40]!r}; expected a JSON object.")
    return spec


def open_run(path: Path) -> Run:
    """Open the own run in a directory; raises TdotError when its spec.json is missing or damaged."""
    return _open(path.resolve(), shipped=False)


def list_runs(kind: str | None = None) -> list[Run]:
    """List shipped runs, then own runs with the newest first; damaged directories are left out (`find_run` explains)."""
    found: list[Run] = []
    for folder, shipped in ((shipped_dir(), True), (runs_dir(), False)):
        paths = (
            [p for p in folder.iterdir() if RUN_ID.fullmatch(p.name) and (p / "spec.json").is_file()]
            if folder.is_dir()
            else []
        )
        opened = []
        for path in sorted(paths):
            try:
                opened.append(_open(path, shipped))
            except TdotError:
                continue
        newest_first = sorted(opened, key=lambda run: str(run.spec.get("created", "")), reverse=True)
        found += opened if shipped else newest_first
    return [run for run in found if kind is None or run.kind == kind]


def find_run(run_id: str) -> Run:
    """Open one run by id; raises TdotError listing the known ids when there is none, or saying what is damaged."""
    if RUN_ID.fullmatch(run_id):
        for folder, shipped in ((runs_dir(), False), (shipped_dir(), True)):
            if (folder / run_id).is_dir():
                return _open(folder / run_id, shipped)
    raise unknown_name("run", run_id, (run.id for run in list_runs()))


def create_run(kind: str, spec: dict[str, Any]) -> Run:
    """Make a run directory in the pending state; spec gains kind and created (UTC)."""
    refuse_when_read_only()
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    run_id = f"{kind}-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{secrets.token_hex(2)}"
    folder = runs_dir() / run_id
    try:
        folder.mkdir(parents=True)
        write_json(folder / "spec.json", {"kind": kind, "created": created, **spec})
        write_status(folder, RunStatus(started=time.time()))
    except OSError as error:
        raise TdotError(
            f"The run could not be created in {folder.parent}: {error.strerror}. Free space or set TDOT_CACHE."
        ) from error
    return find_run(run_id)


def hide_run(run: Run) -> Path:
    """Put an own run that is not at work out of sight and return what `trash` brings back or destroys.

    Raises TdotError for shipped or active runs.
    """
    refuse_when_read_only()
    if run.shipped:
        raise TdotError(f"{run.id} ships with TDOT and is read-only.")
    if run.status().active:
        raise TdotError(f"{run.id} is still at work; stop it first.")
    return hide(run.path)


def delete_run(run: Run) -> None:
    """Delete an own run that is not at work for good; raises TdotError for shipped or active ones."""
    destroy(hide_run(run))


def best_run(kind: str) -> Run | None:
    """Return the run a key stands for: the shipped one marked preferred, else the first shipped, else the newest with weights."""
    candidates = [run for run in list_runs(kind) if run.weights_path.exists()]
    shipped = [run for run in candidates if run.shipped]
    preferred = [run for run in shipped if run.spec.get("preferred")]
    return next(iter(preferred + shipped + candidates), None)
