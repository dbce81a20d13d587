"""The tables of docs/denoisers.md are true of what is read and refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.models.foreign_files import WEIGHTS
from tdot_core.models.foreign_schedule import TARGETS, read_schedule
from tdot_core.models.foreign_weights import PREFIXES

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "denoisers.md").read_text(encoding="utf-8")


def words(first: str) -> list[str]:
    """Return what stands in backticks in the row of a table whose first cell begins so."""
    found = re.search(rf"^\| {re.escape(first)}.*\|$", DOCS, re.MULTILINE)
    assert found, first
    return re.findall(r"`([^`]+)`", found[0])


def test_what_a_network_may_predict() -> None:
    assert words("`prediction_type`")[1:] == [*TARGETS, "predict_epsilon"]


def test_every_noise_schedule_named_is_read() -> None:
    named = [word for word in words("`beta_schedule`")[1:] if not word.startswith(("beta_", "trained_"))]
    assert len({read_schedule({"beta_schedule": name}).schedule for name in named}) == len(named) == 4


@pytest.mark.parametrize("name", ["thresholding", "rescale_betas_zero_snr"])
def test_what_is_refused_by_name(name: str) -> None:
    assert name in words("`thresholding`")
    with pytest.raises(TdotError, match=name):
        read_schedule({name: True})


def test_files_and_prefixes_are_those_that_are_looked_for() -> None:
    ends = [word for word in words("weights") if word.startswith(".")]
    looked_for = [name.removeprefix("diffusion_pytorch_model") for name in WEIGHTS]
    assert ends == [*looked_for[:3], ".bin"] and [name.replace("bin", "safetensors") for name in looked_for[3:]] == [
        looked_for[0],
        looked_for[1],
        looked_for[2],
    ]
    assert words("names of tensors") == list(PREFIXES)
