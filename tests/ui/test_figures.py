"""The screens' own figures draw what they are given."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tdot_core.maths.schedule import NoiseSchedule
from ui.figures.noise import level_figure
from ui.figures.walk import walk_html


def test_level_figure_marks_t_on_the_chosen_curve() -> None:
    schedules = {name: NoiseSchedule(name).snr_db for name in ("linear", "cosine")}
    figure = level_figure(schedules, "cosine", 40, "SNR")
    marker = figure.data[-1]
    assert (marker.x[0], marker.y[0]) == (40, pytest.approx(schedules["cosine"][40]))
    assert figure.layout.shapes[0].x0 == 40
    assert all(np.isfinite(np.asarray(trace.y, float)).all() for trace in figure.data), "SNR is infinite at t = 0"


def test_level_figure_leaves_background_and_text_to_the_theme() -> None:
    layout = level_figure({"linear": NoiseSchedule().noise_std}, "linear", 5, "").layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)" and layout.font.color is None


def test_the_walk_fades_what_is_skipped_and_shows_the_very_pixels() -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    html = walk_html(frames, (1000, 100, 10, 0), (0.0, 0.9, 0.998, 1.0), 100, 1000)
    kinds = re.findall(r'<figure class="walk-frame([a-z ]*)">', html)
    assert kinds == [" skipped", " start", "", ""]
    assert "900 steps never run" in html and "100 steps remain" in html and "t* = 100" in html
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^\"]+)", html)]
    assert np.array_equal(np.stack([np.asarray(picture) for picture in pictures]), frames)
    whole = walk_html(frames, (1000, 100, 10, 0), (0.0, 0.9, 0.998, 1.0), 1000, 1000)
    assert "never run" not in whole and "1,000 steps walked" in whole
