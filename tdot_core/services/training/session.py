"""Training as an iterator over a run directory: resumes, records, draws samples, checkpoints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.tensorboard import SummaryWriter

from tdot_core.config import build_config, recorded_config
from tdot_core.errors import TdotError
from tdot_core.maths.quantise import to_uint8
from tdot_core.models.parallel import group_size, word_of_first
from tdot_core.models.trainable import Trainable
from tdot_core.progress import Progress
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.runs.checkpoints import load_latest, remove_stale_temporaries, save_checkpoint, weights_step
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.lent import lender_of, lent
from tdot_core.services.runs.store import Run, create_run
from tdot_core.services.sampling.sheets import save_sheet
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.storage.version import code_version
from tdot_core.services.training.beginnings import beginning_of, beginning_run, provenance_of
from tdot_core.services.training.loss_guard import LossGuard, refuse_nan
from tdot_core.services.training.smaller_batches import halve_batch, out_of_memory, with_fitting_batch

CHECKPOINT_SECONDS = 120.0
SHEET_IMAGES = 32
EARLY = frozenset(k * 10**e for e in range(6) for k in (1, 3))
"""Steps after which a sheet is drawn though nothing is saved: 1, 3, 10, 30, ...; most of a training is seen in its beginning."""


def _checkpoint_seconds() -> float:
    named = os.environ.get("TDOT_CHECKPOINT", "")
    return float(named) if named.replace(".", "", 1).isdecimal() else CHECKPOINT_SECONDS


def create_training(
    key: str,
    dataset: str,
    config: dict[str, Any],
    *,
    seed: int = 0,
    device: str = "auto",
    label: str = "",
    node: str = "",
) -> Run:
    """Make a pending training run; settings are checked now, so that nothing fails later for a typing mistake.

    key: "denoiser", "cifar-cnn" or a trainable prior; dataset: name or id; config: settings that differ from the defaults; node:
    key of the sweep's node that asks for it, "" for none.
    """
    cls = find_trainable(key)
    settings: Any = build_config(cls.Config, config)
    begun_with = provenance_of(beginning_run(cls, settings))
    find_device(device)
    info = load_dataset(dataset).info
    return create_run(
        key,
        {
            "config": asdict(settings),
            "dataset": {"name": info.name, "id": info.id, "n_train": info.n_train},
            "seed": int(seed),
            "device": device,
            "label": label,
            "code_version": code_version(),
            **begun_with,
            **lender_of(cls, settings),
            **({"node": node} if node else {}),
        },
    )


class TrainingSession:
    """Run one training from where its last good checkpoint stands.

    Iterating yields Progress; call `save()` between two records to checkpoint. When memory runs out it goes on from there
    with half the images per step, and says so in `notes`. Raises Diverged before a NaN is saved, TdotError when data or
    checkpoints do not fit.
    """

    def __init__(self, run: Run) -> None:
        self.run, self.folder = run, run.path
        self.notes: list[str] = []
        self.trainable, self._config = self._build()
        self.device = self.trainable.device
        self._saved_at, self._saved_step = time.monotonic(), -1

    def _build(self) -> tuple[Trainable, Any]:
        cls = find_trainable(self.run.kind)
        config: Any = recorded_config(cls.Config, self.run.config)
        trainable = cls(config, find_device(str(self.run.spec.get("device", "auto"))))
        recorded = self.run.spec.get("looks_through")
        if isinstance(recorded, dict):
            trainable.lent = lent(recorded)
        return trainable, config

    def _data(self) -> Dataset:
        wanted = (self.run.spec.get("dataset") or {}).get("id")
        if not isinstance(wanted, str):
            raise TdotError(
                f"{self.run.id}/spec.json names no data set to train on; delete this run and train a new one."
            )
        try:
            return load_dataset(wanted)
        except TdotError as error:
            name = str(self.run.spec["dataset"].get("name", wanted))[:80]
            raise TdotError(
                f"The images of the data set {name!r} that this run trains on are not here, or not whole. Bring them back (Priors, "
                f"Images, or `data import`), then resume; everything it had learned is kept. ({error})"
            ) from error

    def _seed(self) -> int:
        seed = self.run.spec.get("seed", 0)
        if not isinstance(seed, int) or not 0 <= seed < 2**63:
            raise TdotError(
                f"{self.run.id}/spec.json gives the seed {str(seed)[:40]!r}; expected a whole number from 0."
            )
        return seed

    def __iter__(self) -> Iterator[Progress]:
        remove_stale_temporaries(self.folder)
        self._config = with_fitting_batch(self.folder, self._config)
        self._check_group()
        while True:
            try:
                yield from self._attempt()
                return
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error) or group_size() > 1:
                    raise
            # Outside the handler, whose traceback would keep alive what the failed step had allocated.
            self._shrink()

    def follow(self) -> Iterator[Progress]:
        """Take the same steps as the process that leads a group, recording and saving nothing.

        Raises TdotError when the two do not begin at the same step.
        """
        self._config = with_fitting_batch(self.folder, self._config)
        self._check_group()
        resume, _ = self._latest()
        yield from self._fit(resume)

    def _check_group(self) -> None:
        if group_size() > 1 and not self.trainable.parallel:
            raise TdotError(
                f"A {self.run.kind} training takes one process, found {group_size()}. Start it without torchrun."
            )

    def _shrink(self) -> None:
        self.trainable.state = None
        self._config = halve_batch(self.folder, self._config)
        self.trainable, self._saved_step = self._build()[0], -1
        self.notes.append(f"Memory ran out, so it went on with {self._config.batch} images per step.")

    def _latest(self) -> tuple[dict[str, Tensor] | None, int]:
        """Return the newest usable checkpoint and its step, None and 0 for none; processes that train together have the same."""
        resume, damaged = load_latest(self.folder)
        self.notes += damaged
        start = int(resume["step"]) if resume is not None else 0
        if int(word_of_first(str(start))) != start:
            raise TdotError(
                f"The processes of {self.run.id} see different checkpoints; point TDOT_CACHE to a folder that all of them share."
            )
        return resume, start

    def _fit(self, resume: dict[str, Tensor] | None) -> Iterator[Progress]:
        if resume is None:
            self.trainable.beginning = beginning_of(type(self.trainable), self._config)
        generator = torch.Generator().manual_seed(self._seed())
        yield from self.trainable.fit(self._data().training_data(), self._config, generator, resume)

    def _attempt(self) -> Iterator[Progress]:
        resume, start = self._latest()
        _cut_metrics(self.folder / "metrics.jsonl", start)
        guard, writer = LossGuard(), SummaryWriter(str(self.folder), purge_step=start + 1)
        try:
            with (self.folder / "metrics.jsonl").open("a", encoding="utf-8") as log:
                for progress in self._fit(resume):
                    guard.check(progress.step, progress.losses)
                    self._record(progress, log, writer)
                    yield progress
            if start and weights_step(self.folder) < start and self._saved_step < start:
                # Killed after the last checkpoint and before its weights: no step is left that would write them.
                self.save(start)
        finally:
            writer.close()

    def _record(self, progress: Progress, log: Any, writer: SummaryWriter) -> None:
        record = {"step": progress.step, "total": progress.total, "time": round(time.time(), 3), **progress.losses}
        log.write(json.dumps(record) + "\n")
        log.flush()
        for name, value in progress.losses.items():
            writer.add_scalar(f"loss/{name}", value, progress.step)
        finished = progress.step == progress.total
        if finished or time.monotonic() - self._saved_at > _checkpoint_seconds():
            self.save(progress.step)
        elif progress.step in EARLY:
            self._draw_sheet(progress.step)

    def save(self, step: int) -> None:
        """Checkpoint after `step`, with a sample sheet; a step saved already is not written twice."""
        if step == self._saved_step:
            return
        state, weights = self.trainable.state, self.trainable.weights()
        tensors = {"step": torch.tensor(step)} if state is None else state.tensors()
        refuse_nan(step, tensors | weights)
        save_checkpoint(self.folder, step, tensors, weights)
        self._draw_sheet(step)
        self._saved_at, self._saved_step = time.monotonic(), step

    def _draw_sheet(self, step: int) -> None:
        preview = self.trainable.preview(SHEET_IMAGES)
        if preview is not None:
            sheet = self.folder / "samples" / f"step-{step:09d}.png"
            write_atomically(sheet, lambda path: save_sheet(to_uint8(preview).numpy(), path, columns=8))


def _cut_metrics(path: Path, step: int) -> None:
    # Records after the checkpoint describe steps that are about to be taken again.
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            if json.loads(line)["step"] <= step:
                kept.append(line)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue
    write_atomically(path, lambda temporary: temporary.write_text("".join(f"{line}\n" for line in kept)))
