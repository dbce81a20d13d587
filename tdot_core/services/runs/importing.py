"""Taking in a run that was exported elsewhere: checked as a whole before anything of it lies among the own runs."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import stat
import time
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from tdot_core.config import recorded_config
from tdot_core.errors import TdotError
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import RUN_ID, Run, find_run, list_runs, runs_dir
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.storage.zip_damage import ZIP_DAMAGE

MAX_MEMBERS, MAX_BYTES = 10_000, 2**30
TAKEN = re.compile(
    r"(spec|weights|provenance|card)\.json|weights\.safetensors|metrics\.jsonl|MODEL_CARD\.md|samples/[\w.-]+\.png"
)


def import_run(path: Path) -> Run:
    """Take in the zip that `export_run` wrote and return the new run, done and ready to sample.

    Only its settings, weights, losses, samples and cards are read, and never run. It keeps its id unless that is taken.
    Raises TdotError, leaving nothing behind, when it is no whole run, unpacks beyond 1 GiB, has a path that leads out of
    it, or its weights do not fit its settings.
    """
    refuse_when_read_only()
    runs_dir().mkdir(parents=True, exist_ok=True)
    fresh = runs_dir() / f".importing-{secrets.token_hex(4)}"
    try:
        name = _unpack(path, fresh)
        spec = _checked_spec(fresh, path.name)
        _check_weights(fresh, spec)
        _write_spec(fresh, spec)
        step = _last_step(fresh)
        text = "Imported; it has no checkpoint to continue from."
        write_status(fresh, RunStatus(state="done", step=step, total=step, message=text, started=time.time()))
        run_id = _free_id(name, str(spec["kind"]))
        fresh.rename(runs_dir() / run_id)
    except ZIP_DAMAGE as error:
        raise TdotError(f"{path.name[:80]!r} is not a whole zip file of a run ({str(error)[:80]}).") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return find_run(run_id)


def _unpack(path: Path, folder: Path) -> str:
    """Write the members that make a run into folder and return the name of the run's folder in the zip."""
    total, tops = 0, set()
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
            raise TdotError(f"{path.name[:80]!r} unpacks beyond {MAX_BYTES // 2**30} GiB or {MAX_MEMBERS:,} files.")
        for member in members:
            inside = _inside(path, member)
            tops.add(inside.parts[0] if len(inside.parts) > 1 else "")
            relative = PurePosixPath(*inside.parts[1:])
            if not TAKEN.fullmatch(str(relative)):
                continue
            target = folder / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(member) as source, target.open("wb") as out:
                while piece := source.read(2**20):
                    total += len(piece)
                    if total > MAX_BYTES:
                        raise TdotError(f"{path.name[:80]!r} unpacks beyond {MAX_BYTES // 2**30} GiB.")
                    out.write(piece)
    if len(tops) != 1 or not (folder / "spec.json").is_file():
        raise TdotError(
            f"{path.name[:80]!r} is not a run: expected one folder with spec.json, as `runs export` writes."
        )
    return tops.pop()


def _inside(path: Path, member: zipfile.ZipInfo) -> PurePosixPath:
    inside = PurePosixPath(member.orig_filename.replace("\\", "/"))
    odd = not inside.parts or inside.is_absolute() or ".." in inside.parts or ":" in inside.parts[0]
    if odd or "\0" in member.orig_filename or stat.S_ISLNK(member.external_attr >> 16):
        raise TdotError(f"{path.name[:80]!r} is refused: its member {member.orig_filename[:80]!r} leads out of it.")
    return inside


def _checked_spec(folder: Path, file: str) -> dict[str, Any]:
    from tdot_core.services.runs.kinds import find_trainable

    spec = read_json(folder / "spec.json")
    if not isinstance(spec.get("kind"), str) or not isinstance(spec.get("config"), dict):
        raise TdotError(f"{file[:80]!r} is not a trained model: its spec.json names no kind or no settings.")
    recorded_config(find_trainable(spec["kind"]).Config, spec["config"])
    return spec


def _check_weights(folder: Path, spec: dict[str, Any]) -> None:
    from tdot_core.services.runs.checkpoints import load_weights
    from tdot_core.services.runs.kinds import find_trainable

    cls = find_trainable(spec["kind"])
    cls(recorded_config(cls.Config, spec["config"]), "cpu").load_weights(load_weights(folder))


def _write_spec(folder: Path, spec: dict[str, Any]) -> None:
    # A shipped run's mark is TDOT's to give; here it is one run among others.
    kept = {key: value for key, value in spec.items() if key != "preferred"}
    write_json(folder / "spec.json", {**kept, "imported": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})


def _last_step(folder: Path) -> int:
    try:
        record = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
        return max(int(record["step"]), 0)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return 0


def _free_id(name: str, kind: str) -> str:
    taken = (runs_dir() / name).exists() or name in [run.id for run in list_runs()]
    return name if RUN_ID.fullmatch(name) and not taken else f"{kind}-import-{secrets.token_hex(3)}"
