"""The figures draw what they are given, and nothing that only one theme can show."""

from __future__ import annotations

import base64
import io
import operator
import re

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from tdot_core.maths.schedule import NoiseSchedule
from ui.figures.noise import level_figure
from ui.figures.quality import Point, best_per_step, cost_figure, pareto_front, ranking, step_figure
from ui.figures.walk import walk_html


def point(
    value: float, cost: float | None = None, t: int | None = None, label: str = "A", spread: float | None = None
) -> Point:
    return Point(label, "#123456", "circle", "dash", value, spread, cost, t, "note")


def test_the_pareto_front_against_brute_force() -> None:
    rng = np.random.default_rng(1)
    points = [point(float(v), float(c)) for v, c in rng.integers(0, 12, (60, 2))] + [point(0.0)]
    for badness in (float, operator.neg):
        priced = [p for p in points if p.cost is not None]
        expected = {
            (p.cost, p.value) for p in priced
            if not any(q.cost <= p.cost and badness(q.value) <= badness(p.value) and (q.cost, q.value) != (p.cost, p.value) for q in priced)
        }  # fmt: skip
        front = pareto_front(points, badness)
        assert {(p.cost, p.value) for p in front} == expected
        assert [p.cost for p in front] == sorted(p.cost for p in front if p.cost is not None)


def test_cost_figure_shows_every_priced_point_and_the_front() -> None:
    figure = cost_figure({"A": [point(5, 10), point(3, 20), point(1)], "B": [point(9, 10)]}, "x", "y")
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["Pareto front", "A", "B"]
    assert list(traces["A"].x) == [10, 20] and list(traces["B"].y) == [9]
    assert list(traces["Pareto front"].y) == [5, 3]


def test_wide_spans_get_a_log_axis_with_plain_labels_that_covers_the_data() -> None:
    figure = cost_figure({"A": [point(0.5, 10), point(80, 1000)]}, "x", "y")
    for axis, low, high in ((figure.layout.xaxis, 10, 1000), (figure.layout.yaxis, 0.5, 80)):
        assert axis.type == "log"
        assert 10 ** axis.range[0] < low < high < 10 ** axis.range[1]
        assert [float(text) for text in axis.ticktext] == pytest.approx(list(axis.tickvals))
    assert cost_figure({"A": [point(0.0, 10), point(80, 20)]}, "x", "y").layout.yaxis.type is None


def test_step_figure_joins_the_best_result_at_each_step_and_keeps_the_rest() -> None:
    points = [point(5, t=10), point(4, t=10), point(2, t=50), point(3, t=50), point(7)]
    assert [p.value for p in best_per_step(points)] == [4, 2]
    assert [p.value for p in best_per_step(points, operator.neg)] == [5, 3]
    figure = step_figure({"A": points, "floor": [point(1, t=10)]}, "floor", "y")
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert list(lines["A"].y) == [4, 2] and lines["A"].fill is None
    assert lines["floor"].fill == "tozeroy"
    assert sorted(y for trace in figure.data if trace.mode == "markers" for y in trace.y) == [3, 5]


@pytest.mark.parametrize("worst", [30, 40])
def test_ranking_puts_the_first_on_top_and_says_every_value(worst: float) -> None:
    figure = ranking([point(2, label="best", spread=0.5), point(worst, label="worst")], "title")
    assert list(figure.data[0].y) == ["best", "worst"] and figure.layout.yaxis.autorange == "reversed"
    assert list(figure.data[1].text) == ["2", str(worst)]
    assert figure.data[1].x[0] == 2.5, "beside the error bar, not under it"


def test_ranking_draws_bars_from_zero_and_no_bar_where_there_is_no_zero() -> None:
    near, far = ranking([point(2), point(30)], "title"), ranking([point(0.004), point(64)], "title")
    assert near.data[0].type == "bar" and near.layout.xaxis.type is None and near.layout.xaxis.range[0] == 0
    assert far.data[0].type == "scatter" and far.layout.xaxis.type == "log"
    low, high = (10**end for end in far.layout.xaxis.range)
    assert low < 0.004 and high > 64
    assert [float(text) for text in far.layout.xaxis.ticktext if low < float(text) < high] == [0.01, 0.1, 1, 10, 100]


def test_level_figure_marks_t_on_the_chosen_curve() -> None:
    schedules = {name: NoiseSchedule(name).snr_db for name in ("linear", "cosine")}
    figure = level_figure(schedules, "cosine", 40, "SNR")
    marker = figure.data[-1]
    assert (marker.x[0], marker.y[0]) == (40, pytest.approx(schedules["cosine"][40]))
    assert figure.layout.shapes[0].x0 == 40
    assert all(np.isfinite(np.asarray(trace.y, float)).all() for trace in figure.data), "SNR is infinite at t = 0"


@pytest.mark.parametrize("figure", [
    ranking([point(1)], ""), cost_figure({"A": [point(1, 2)]}, "", ""), step_figure({"A": [point(1, t=3)]}, "", ""),
    level_figure({"linear": NoiseSchedule().noise_std}, "linear", 5, ""),
])  # fmt: skip
def test_figures_leave_background_and_text_to_the_theme(figure: go.Figure) -> None:
    layout = figure.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None and layout.xaxis.title.font.color is None
    assert figure.layout.margin.l is not None and figure.layout.xaxis.automargin and figure.layout.yaxis.automargin


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
