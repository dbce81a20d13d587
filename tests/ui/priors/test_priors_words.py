"""Runs in words, data set names, losses and sprites."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdot_core.services.datasets.names import check_name
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run
from ui.figures.losses import loss_figure
from ui.pickers.add_dataset import slug
from ui.priors.train import size_words
from ui.runs.words import progress_words, share, state_words
from ui.widgets.tile_grid import sprite_png
from ui.words import size_text

RUN = Run(Path("x"), {"kind": "ot"}, shipped=False)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (RunStatus("pending"), "starting"),
        (RunStatus("running", 42, 100, eta=180.0), "running, 42 %, 3 min left"),
        (RunStatus("stopped", 50, 100), "stopped at 50 %"),
        (RunStatus("done", 100, 100), "done, 100 steps"),
        (RunStatus("failed"), "failed"),
    ],
)
def test_state_in_words(status: RunStatus, words: str) -> None:
    assert state_words(RUN, status) == words


def test_a_shipped_run_says_whether_screens_begin_with_it() -> None:
    done = RunStatus(state="done", step=12480, total=12480)
    words = [state_words(Run(Path("x"), {"kind": "ot", "preferred": p}, shipped=True), done) for p in (True, False)]
    assert words == ["shipped and preferred, 12,480 steps", "shipped, 12,480 steps"]


def test_progress_in_words() -> None:
    assert "Starting" in progress_words(RunStatus("running"))
    said = progress_words(RunStatus("running", 1200, 2000, rate=0.25, eta=3200.0, phase="training"))
    assert said == "Training: 1,200 of 2,000 · 4.0 s per step · 53 min 20 s left"
    assert share(RunStatus("running", 7, 0)) == 0 and share(RunStatus("done", 9, 3)) == 1


@pytest.mark.parametrize(
    "file", ["faces.zip", "My Pictures (1).ZIP", "../../etc/passwd", "...", "é", "a" * 300 + ".zip", "train.tar"]
)
def test_a_suggested_name_is_allowed(file: str) -> None:
    name = slug(file)
    assert check_name(name) == name and 1 <= len(name) <= 64


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 B"), (999, "999 B"), (9_240_512, "9.2 MB"), (999_999, "1.0 MB"), (4 * 10**9, "4.0 GB")]
)
def test_sizes_in_words(n: int, words: str) -> None:
    assert size_text(n) == words


def test_what_a_training_will_cost() -> None:
    assert size_words({"epochs": 32, "batch": 128}, 2000).startswith("15 steps per epoch, 480 in all")
    assert size_words({"components": 4}, 2000).startswith("One pass over 2,000 images")


def test_a_panel_per_loss_and_none_without_records() -> None:
    assert loss_figure([], "#000000") is None
    assert loss_figure([{"step": 26, "explained": 0.9}], "#000000") is None, "one point is no curve"
    figure = loss_figure([{"step": k, "critic": 1.0, "generator": 2.0 / k} for k in (1, 2, 3)], "#123456")
    assert figure is not None and len(figure.data) == 4 and figure.data[1].line.color == "#123456"


@pytest.mark.parametrize("n", [1, 7, 8, 9, 64])
def test_a_sprite_holds_every_image_in_its_place(n: int) -> None:
    images = np.random.default_rng(n).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    sheet = np.asarray(Image.open(io.BytesIO(sprite_png(images))))
    columns = min(8, n)
    for k, image in enumerate(images):
        y, x = 32 * (k // columns), 32 * (k % columns)
        assert np.array_equal(sheet[y : y + 32, x : x + 32], image)
