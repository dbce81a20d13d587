"""Taking in runs that were exported elsewhere: all checked before any of them lies among the own runs."""

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


def import_runs(path: Path) -> list[Run]:
    """Take in the zip that `export_runs` wrote and return the new runs, done and ready to sample, in the order of the zip.

    Only their settings, weights, losses, samples and cards are read, and never run. Each keeps its id unless that is taken.
    Raises TdotError, leaving nothing behind, when one of them is no whole run, the zip unpacks beyond 1 GiB, has a path that
    leads out of it, or weights do not fit their settings.
    """
    refuse_when_read_only()
    runs_dir().mkdir(parents=True, exist_ok=True)
    fresh = runs_dir() / f".importing-{secrets.token_hex(4)}"
    try:
        folders = _unpack(path, fresh)
        kinds = {
            name: _prepare(folder, path.name, name if len(folders) > 1 else "") for name, folder in folders.items()
        }
        ids = [_move(folder, name, kinds[name]) for name, folder in folders.items()]
    except ZIP_DAMAGE as error:
        raise TdotError(f"{path.name[:80]!r} is not a whole zip file of a run ({str(error)[:80]}).") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return [find_run(run_id) for run_id in ids]


def _prepare(folder: Path, file: str, name: str) -> str:
    """Check an unpacked run, mark it as imported, and return its kind; name: said in an error where there are several."""
    try:
        spec = _checked_spec(folder, file)
        _check_weights(folder, spec)
    except TdotError as error:
        if not name:
            raise
        raise TdotError(f"{name[:80]!r} in {file[:80]!r}: {error}") from error
    _write_spec(folder, spec)
    step = _last_step(folder)
    text = "Imported; it has no checkpoint to continue from."
    write_status(folder, RunStatus(state="done", step=step, total=step, message=text, started=time.time()))
    return str(spec["kind"])


def _move(folder: Path, name: str, kind: str) -> str:
    run_id = _free_id(name, kind)
    folder.rename(runs_dir() / run_id)
    return run_id


def _unpack(path: Path, fresh: Path) -> dict[str, Path]:
    """Write the members that make runs below fresh and return each run's folder there by its name in the zip."""
    total = 0
    folders: dict[str, Path] = {}
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
            raise TdotError(f"{path.name[:80]!r} unpacks beyond {MAX_BYTES // 2**30} GiB or {MAX_MEMBERS:,} files.")
        for member in members:
            inside = _inside(path, member)
            # A name from elsewhere may be one that this file system cannot hold.
            folder = folders.setdefault(inside.parts[0] if len(inside.parts) > 1 else "", fresh / str(len(folders)))
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
    if not folders or not all((folder / "spec.json").is_file() for folder in folders.values()):
        raise TdotError(
            f"{path.name[:80]!r} is not a run: expected folders that each have a spec.json, as `runs export` writes."
        )
    return folders


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
