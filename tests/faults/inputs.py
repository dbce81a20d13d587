"""Thousands of bad inputs through the loaders and the command line, in one process that is watched."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import shutil
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
import torch
from safetensors.torch import save_file

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images, load_dataset
from tdot_core.services.datasets.decoding import BadImage, decode
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.attempts import attempts
from tdot_core.services.runs.checkpoints import load_latest, read_tensors
from tdot_core.services.runs.doctor import examine
from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.importing import import_runs
from tdot_core.services.runs.status import read_status
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.sampling.loading import load_prior
from tdot_core.services.storage.paths import inside_roots
from tdot_core.services.training.session import TrainingSession, create_training
from tests.faults import hostile
from tests.faults.canary import Canary
from tests.faults.result import Row

FULL, SHORT = 10_000, 150
SLOW_SECONDS, MEMORY = 20.0, 1.5 * 2**30
Feed = Callable[[random.Random], object]


class Pen:
    """A cache with one trained prior, and the files that hostile ones are made from."""

    def __init__(self, folder: Path) -> None:
        self.cache, self.work = folder / "cache", folder / "work"
        self.work.mkdir()
        (folder / "assets").mkdir()
        os.environ |= {
            "TDOT_CACHE": str(self.cache),
            "TDOT_ASSETS": str(folder / "assets"),
            "TDOT_ROOTS": str(self.work),
        }
        os.environ.pop("TDOT_INCEPTION", None)
        load_dataset("digits")
        config = {"epochs": 1, "batch": 479, "latent": 8, "width": 8, "n_projections": 8}
        run = create_training("ot", "digits", config, seed=1, device="cpu")
        for _ in TrainingSession(run):
            pass
        self.canary = Canary(folder, [self.cache, self.work])
        self.good, self.spec, self.status = (
            run.weights_path.read_bytes(),
            run.spec,
            json.loads((run.path / "status.json").read_text()),
        )
        export_runs([run], self.work / "good.zip")
        self.victim = self._victim(run)

    def _victim(self, run: Run) -> Path:
        path = run.path.with_name("ot-victim")
        shutil.copytree(run.path, path)
        return path

    def file(self, name: str, data: bytes) -> Path:
        path = self.work / name
        path.write_bytes(data)
        return path

    def feeds(self) -> dict[str, tuple[int, Feed]]:
        """Return what is fed, with its share of the whole."""
        return {
            "safetensors": (20, lambda r: read_tensors(self.file("x.safetensors", hostile.safetensors(r, self.good)))),
            "weights of a run": (6, self._run_weights),
            "shapes that do not fit": (4, self._misfit),
            "spec, status, records": (22, self._run_json),
            "pickles": (8, self._pickle),
            "run archives": (10, self._run_zip),
            "image archives": (6, self._image_zip),
            "images": (10, lambda r: decode(hostile.picture(r))),
            "paths": (4, lambda r: inside_roots(r.choice(("", str(self.work) + "/")) + hostile.name(r))),
            "command lines": (10, self._command),
        }

    def _run_weights(self, r: random.Random) -> None:
        (self.victim / "weights.safetensors").write_bytes(hostile.safetensors(r, self.good))
        (self.victim / "weights.json").unlink(missing_ok=True)
        load_prior("ot-victim").prior.sample([0], 10)

    def _misfit(self, r: random.Random) -> None:
        shape = [r.randrange(0, 9) for _ in range(r.randrange(5))]
        names = ["net.0.weight", "x", hostile.name(r).replace("\ud800", "?")]
        save_file(
            {r.choice(names): torch.zeros(shape), "y": torch.full((2,), float("nan"))},
            self.victim / "weights.safetensors",
        )
        (self.victim / "weights.json").unlink(missing_ok=True)
        load_prior("ot-victim")

    def _run_json(self, r: random.Random) -> None:
        (self.victim / "weights.safetensors").write_bytes(self.good)
        name = r.choice(
            ("spec.json", "status.json", "weights.json", "rows.json", "attempts.jsonl", "metrics.jsonl", "batch.json")
        )
        rows = {
            "rows": [{"prior": "ot", "t_star": 3, "metrics": {"fd": {"value": 1.0}}}],
            "step": 3,
            "sha256": "0" * 64,
            "attempt": 1,
            "event": "start",
        }
        good = {"spec.json": {**self.spec, "config": dict(self.spec["config"])}, "status.json": self.status}.get(
            name, rows
        )
        (self.victim / name).write_bytes(hostile.json_text(r, good))
        try:
            for run in list_runs():
                run.status(), run.metrics(), run.samples(), run.label, run.config, attempts(run.path)
            read_status(self.victim)
            load_latest(self.victim)
            examine()
            with contextlib.suppress(TdotError):
                read_rows(Run(self.victim, {"kind": "evaluation"}, False))
            load_prior("ot-victim")
        finally:
            for left in ("rows.json", "batch.json", "attempts.jsonl", "metrics.jsonl", "weights.json"):
                (self.victim / left).unlink(missing_ok=True)
            (self.victim / "spec.json").write_text(json.dumps(self.spec))
            (self.victim / "status.json").write_text(json.dumps(self.status))

    def _pickle(self, r: random.Random) -> None:
        ending, data = hostile.weights_file(r, self.canary.file)
        open_extractor("inception", weights=self.file("weights" + ending, data))

    def _run_zip(self, r: random.Random) -> None:
        import zipfile

        with zipfile.ZipFile(self.work / "good.zip") as good:
            members = {m.replace("ot-", "run-", 1): good.read(m) for m in good.namelist()}
        if r.random() < 0.3:
            spec = next(m for m in members if m.endswith("spec.json"))
            members[spec] = hostile.json_text(r, self.spec)
        for run in import_runs(self.file("run.zip", hostile.archive(r, members))):
            shutil.rmtree(run.path)

    def _image_zip(self, r: random.Random) -> None:
        members = {f"{r.choice(('train', 'test', 'a'))}/{k}.png": hostile.picture(r) for k in range(3)}
        path = self.file(r.choice(("images.zip", "x.zip")), hostile.archive(r, members))
        finish(import_images(path, r.choice(("mine", hostile.name(r))), strict=r.random() < 0.3, max_bytes=2**24))

    def _command(self, r: random.Random) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            try:
                code = main(hostile.command(r, self.work))
            except SystemExit as left:
                code = left.code
        if code not in (0, 1, 2) or "Traceback" in said.getvalue():
            raise RuntimeError(f"exit code {code}: {said.getvalue()[:200]}")


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Feed 10,000 bad inputs (150 when short)."""
    pen, total = Pen(folder), SHORT if short else FULL
    weights = {name: share for name, (share, _) in pen.feeds().items()}
    order = random.Random(seed).choices(list(weights), list(weights.values()), k=total)
    outcomes: Counter[str] = Counter()
    problems, before = [], psutil.Process().memory_info().rss
    outside = _tree(folder, pen)
    for k, name in enumerate(order):
        begun = time.monotonic()
        try:
            pen.canary.on = True
            pen.feeds()[name][1](random.Random(f"{seed} {k}"))
            outcomes["accepted"] += 1
        except (TdotError, BadImage):
            outcomes["refused with a sentence"] += 1
        except BaseException as error:
            outcomes["uncaught"] += 1
            place = traceback.extract_tb(error.__traceback__)[-1]
            problems.append(
                f"{name} #{k}: {type(error).__name__}: {str(error)[:150]} ({Path(place.filename).name}:{place.lineno})"
            )
        finally:
            pen.canary.on = False
        if time.monotonic() - begun > SLOW_SECONDS:
            problems.append(f"{name} #{k} took {time.monotonic() - begun:.0f} s")
    grown = psutil.Process().memory_info().rss - before
    if grown > MEMORY:
        problems.append(f"memory grew by {grown / 2**20:.0f} MiB")
    problems += [f"left outside: {path}" for path in sorted(_tree(folder, pen) - outside)]
    problems += pen.canary.found[:5] + (["the canary is dead"] if pen.canary.file.exists() else [])
    found = f"{total:,} inputs: " + ", ".join(f"{n:,} {what}" for what, n in outcomes.most_common())
    found += f"; canary {'alive' if pen.canary.alive else 'DEAD'}, {len(problems)} problems"
    bar = "bad inputs through loaders and main(argv): 0 uncaught, 0 files outside the roots, 0 code executed"
    return [Row("inputs", bar, "; ".join([found, *problems[:4]]), not problems)]


def _tree(folder: Path, pen: Pen) -> set[str]:
    """Return every path beside the allowed folders, and what climbing members would make."""
    inside = (pen.cache, pen.work)
    return {
        str(p)
        for base in (folder, Path("/tmp"))
        for p in (base.rglob("*") if base == folder else base.glob("climbed*"))
        if not any(p.is_relative_to(i) for i in inside)
    }
