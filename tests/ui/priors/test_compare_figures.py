"""Overlaid losses and sparklines draw what they are given."""

from __future__ import annotations

import re

import numpy as np

from tdot_core.services.runs.curves import LossCurve, smoothed
from ui.figures.curves import NamedCurve, curves_figure
from ui.palette import prior_style
from ui.priors.sparkline import HEIGHT, spark_svg


def one(name: str, key: str, values: list[float]) -> NamedCurve:
    steps = np.arange(1.0, len(values) + 1)
    return NamedCurve(name, LossCurve(steps, steps * 30, np.array(values)), prior_style(key))


def test_each_run_has_its_priors_colour_and_dash() -> None:
    figure = curves_figure([one("A", "gan", [3, 2, 1]), one("B", "ot", [1, 1, 1])], "loss", smoothing=0)
    assert [t.name for t in figure.data] == ["A", "B"]
    assert [(t.line.color, t.line.dash) for t in figure.data] == [
        (prior_style(key).color, prior_style(key).dash) for key in ("gan", "ot")
    ]
    assert list(figure.data[0].y) == [3, 2, 1] and list(figure.data[0].x) == [1, 2, 3]


def test_smoothing_time_and_a_logarithmic_axis() -> None:
    figure = curves_figure([one("A", "gan", [4, 0, 2, -1, 8])], "loss", smoothing=0.5, by_time=True, log=True)
    raw, smooth = figure.data
    assert np.isnan(raw.y[1]) and np.isnan(raw.y[3]) and figure.layout.yaxis.type == "log"
    np.testing.assert_allclose(smooth.x, [0.5, 1.5, 2.5])
    np.testing.assert_allclose(smooth.y, smoothed(np.array([4.0, 2.0, 8.0]), 0.5))
    assert figure.layout.xaxis.title.text == "minutes at work"


def test_a_sparkline_goes_down_where_the_loss_does() -> None:
    points = re.findall(r"([\d.]+),([\d.]+)", spark_svg(np.array([3.0, 2.0, 1.0]), "#123456"))
    heights = [float(y) for _, y in points]
    assert heights == sorted(heights) and heights[-1] <= HEIGHT, "the pixel rows count downwards"
    assert "#123456" in spark_svg(np.array([1.0, 1.0]), "#123456")
