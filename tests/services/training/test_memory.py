"""Memory that runs out halves the batch, says so, and is remembered by the next attempt."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.priors.ot import OtTraining
from tdot_core.services.jobs.execute import execute
from tdot_core.services.training.session import create_training
from tdot_core.services.training.smaller_batches import out_of_memory

SETTINGS = {"epochs": 1, "batch": 512, "latent": 8, "width": 8, "n_projections": 4}


def fails_above(limit: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let torch really fail to allocate in steps of more images than limit; returns the batch sizes that were tried."""
    tried: list[int] = []
    step = OtTraining.train_step

    def greedy(self: OtTraining, x_t: Tensor) -> dict[str, float]:
        tried.append(len(x_t))
        if len(x_t) > limit:
            torch.empty(2**60, dtype=torch.uint8)
        return step(self, x_t)

    monkeypatch.setattr(OtTraining, "train_step", greedy)
    return tried


def test_the_batch_is_halved_until_it_fits_and_said_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = fails_above(128, monkeypatch)
    run = create_training("ot", "digits", SETTINGS, device="cpu")
    status = execute(run)
    assert status.state == "done" and "went on with 128 images per step" in status.message
    assert tried[:3] == [512, 256, 128] and set(tried[3:]) == {128}
    assert status.total == len(tried) - 2 == 11  # of the 1,437 training images


def test_nothing_left_to_halve_is_a_sentence(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fails_above(0, monkeypatch)
    status = execute(create_training("ot", "digits", {**SETTINGS, "batch": 4}, device="cpu"))
    assert status.state == "failed" and "even with 2 images per step" in status.message


def test_other_errors_are_not_mistaken_for_it() -> None:
    assert out_of_memory(torch.OutOfMemoryError("x")) and out_of_memory(MemoryError())
    assert not out_of_memory(RuntimeError("shapes differ")) and not out_of_memory(TdotError("out of memory"))
