"""Sweeps that this machine knows: their files under the cache, so that a screen can show one, start it and stop it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import worker_environment
from tdot_core.services.runs.process import create_time
from tdot_core.services.storage.files import read_json, write_json, write_text
from tdot_core.services.storage.paths import cache_root, project_root
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.sweep.claims import STALE_SECONDS
from tdot_core.services.sweep.document import NAME, SweepFile, checked
from tdot_core.services.sweep.graph import KINDS, Node
from tdot_core.services.sweep.nodes import nodes_folder
from tdot_core.services.sweep.state import state_of, stop_path

TAIL = 4000
"""Characters of a log that are shown."""


def sweep_folder() -> Path:
    """Return where the files of known sweeps lie."""
    return cache_root() / "sweeps"


def sweep_text(text: str, stem: str = "sweep") -> SweepFile:
    """Return the sweep that a TOML text describes; raises TdotError with the place of the first thing that is wrong."""
    try:
        return checked(tomllib.loads(text), stem)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise TdotError(f"This is not TOML: {str(error)[:200]}.") from error


def keep_sweep(text: str, stem: str = "sweep") -> str:
    """Keep a sweep file under its name, in place of an earlier one, and return the name; raises TdotError when it is wrong."""
    refuse_when_read_only()
    name = sweep_text(text, stem).name
    sweep_folder().mkdir(parents=True, exist_ok=True)
    path = sweep_folder() / f"{name}.toml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)
    return name


def keep_hardware(name: str, hardware: str) -> None:
    """Keep for which kind of processor a known sweep runs, so that any machine can ask how far it is."""
    write_text(sweep_folder() / f"{name}.hardware", hardware)


def as_run(sweep: SweepFile) -> SweepFile:
    """Return the sweep for the kind of processor that it was last run on, where its file names none."""
    path = sweep_folder() / f"{sweep.name}.hardware"
    known = path.read_text(encoding="utf-8") if path.is_file() else ""
    return replace(sweep, hardware=sweep.hardware or known)


def kept_sweeps() -> list[str]:
    """Return the names of known sweeps, the one changed last first."""
    files = sweep_folder().glob("*.toml") if sweep_folder().is_dir() else []
    return [path.stem for path in sorted(files, key=lambda path: -path.stat().st_mtime)]


def kept_file(name: str) -> Path:
    """Return a known sweep's file; raises TdotError when there is none."""
    path = sweep_folder() / f"{name}.toml"
    if not NAME.fullmatch(name) or not path.is_file():
        raise TdotError(
            f"There is no sweep {name[:70]!r} on this machine. Known: {', '.join(kept_sweeps()) or 'none yet'}."
        )
    return path


def start_sweep(name: str) -> None:
    """Run a known sweep in a process of its own, its output in NAME.log; a second one would share the work. Raises TdotError."""
    refuse_when_read_only()
    path = kept_file(name)
    if is_started(name):
        raise TdotError(f"{name} is already at work.")
    stop_path(name).unlink(missing_ok=True)
    with path.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tdot_core", "sweep", "run", str(path)],
            cwd=project_root(),
            env=worker_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    threading.Thread(target=process.wait, daemon=True, name=f"reap-{process.pid}").start()
    write_json(path.with_suffix(".process"), {"pid": process.pid, "created": create_time(process.pid)})


def is_started(name: str) -> bool:
    """Return whether the process that `start_sweep` began is still there."""
    try:
        found = read_json(kept_file(name).with_suffix(".process"))
    except TdotError:
        return False
    return isinstance(found.get("pid"), int) and create_time(found["pid"]) == found.get("created") is not None


def stop_sweep(name: str) -> None:
    """Ask every process that runs a sweep to end after the node at work."""
    refuse_when_read_only()
    kept_file(name)
    write_text(stop_path(name), "stop\n")


def log_tail(name: str) -> str:
    """Return the end of what a started sweep printed, "" when there is nothing."""
    path = kept_file(name).with_suffix(".log")
    return path.read_text(encoding="utf-8", errors="replace")[-TAIL:] if path.is_file() else ""


def live_state(nodes: dict[str, Node]) -> dict[str, Any]:
    """Return `state_of` with, by kind, how many nodes are at work and how many wait."""
    state, running = state_of(nodes), at_work(nodes)
    for kind in KINDS:
        facts = state["kinds"][kind]
        facts["running"] = sum(nodes[key].kind == kind for key in running)
        facts["waiting"] = max(facts["all"] - facts["done"] - facts["failed"] - facts["running"], 0)
    return state


def at_work(nodes: dict[str, Node]) -> set[str]:
    """Return the keys of the nodes that some process holds: their claims are renewed all the time."""
    folder, now = nodes_folder(), time.time()
    claims = folder.glob("*.claim*") if folder.is_dir() else []
    return {path.name.partition(".")[0] for path in claims if _age(path, now) < STALE_SECONDS} & set(nodes)


def _age(path: Path, now: float) -> float:
    try:
        return now - path.stat().st_mtime
    except FileNotFoundError:
        return STALE_SECONDS
