"""The figures of measured rows draw what they are given, and nothing that only one theme can show."""

from __future__ import annotations

import operator
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.subplots import make_subplots

from tdot_core.services.figures.data import figure_data
from tdot_core.services.figures.frontier import NOISE, frontier_figure
from tdot_core.services.figures.heat import heat_figure
from tdot_core.services.figures.labels import GLYPHS, glyph, spread_out
from tdot_core.services.figures.points import Point, best_per_step, pareto_front
from tdot_core.services.figures.steps import step_figure
from tdot_core.services.results.published import PUBLISHED


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
            (p.cost, p.value)
            for p in priced
            if not any(
                q.cost <= p.cost and badness(q.value) <= badness(p.value) and (q.cost, q.value) != (p.cost, p.value)
                for q in priced
            )
        }
        front = pareto_front(points, badness)
        assert {(p.cost, p.value) for p in front} == expected
        assert [p.cost for p in front] == sorted(p.cost for p in front if p.cost is not None)


def named(figure: go.Figure) -> dict[str, go.Scatter]:
    return {trace.name: trace for trace in figure.data}


def test_the_frontier_joins_what_nothing_beats_and_keeps_the_rest_faint() -> None:
    groups = {"A": [point(5, 10), point(3, 20), point(4, 30), point(1)], "B": [point(9, 10)]}
    found = named(frontier_figure(groups, [point(6, 10), point(7, 20)], "x", "y"))
    assert list(found["A"].x) == [10, 20] and list(found["A"].y) == [5, 3] and list(found["B"].y) == [9]
    assert sorted(found["beaten"].y) == [4, 7] and found["beaten"].opacity < 0.5
    assert list(found[NOISE].y) == [6] and found[NOISE].line.width > found["A"].line.width
    assert found[f"{NOISE}, beyond"].y == (6, 6) and found[f"{NOISE}, beyond"].x[1] > 30, "the line to beat goes on"


def test_the_frontier_follows_the_better_direction() -> None:
    found = named(
        frontier_figure({"A": [point(0.5, 10), point(0.7, 20), point(0.6, 30)]}, [], "x", "y", badness=operator.neg)
    )
    assert list(found["A"].y) == [0.5, 0.7] and list(found["beaten"].y) == [0.6]


def test_the_frontier_names_every_line_at_its_end_with_its_best_value() -> None:
    figure = frontier_figure({"A": [point(5, 10, 50), point(3.5, 20, 100)]}, [point(4, 10, 1000)], "x", "y")
    texts = [annotation.text for annotation in figure.layout.annotations]
    assert any("A <b>3.50</b>, t* 100" in text for text in texts) and any(
        f"{NOISE} <b>4.00</b>, t* 1000" in text for text in texts
    )


def test_the_frontiers_axes_show_the_fronts_and_count_what_they_do_not() -> None:
    points = [point(5, 10), point(3, 100), point(80, 30)]
    figure = frontier_figure({"A": points}, [], "x", "y")
    for axis, low, high in ((figure.layout.xaxis, 10, 100), (figure.layout.yaxis, 3, 5)):
        ends = [10**end if axis.type == "log" else end for end in axis.range]
        assert ends[0] < low < high < ends[1]
    assert figure.layout.meta["hidden"] == 1


def test_equal_costs_are_not_drawn_far_apart() -> None:
    axis = frontier_figure({"A": [point(5, 10)], "B": [point(4, 11)]}, [], "x", "y").layout.xaxis
    assert axis.type == "log" and 10 ** (axis.range[1] - axis.range[0]) >= 5


def test_published_marks_are_hollow_on_an_axis_of_their_own_and_say_their_source() -> None:
    figure = frontier_figure({"A": [point(5, 10)]}, [], "x", "y", published=PUBLISHED, panel=True)
    found = named(figure)
    for system in ("TDPM", "ES-DDPM"):
        trace = found[f"{system}, another network"]
        assert trace.yaxis == "y2" and trace.marker.symbol.endswith("-open")
        assert all("arxiv.org" in text for text in trace.hovertext)
    assert 10 ** figure.layout.xaxis.range[1] > 201
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
    same = frontier_figure({"A": [point(5, 10)]}, [], "x", "y", published=PUBLISHED)
    assert named(same)["TDPM, another network"].yaxis == "y"


@pytest.mark.parametrize(
    ("places", "gap"), [([0.5, 0.5, 0.5], 0.1), ([0.0, 0.01, 0.98, 1.0], 0.2), ([0.3], 0.5), ([0.2, 0.1], 3.0)]
)
def test_names_keep_their_order_their_distance_and_the_plot(places: Sequence[float], gap: float) -> None:
    found = spread_out(places, gap)
    assert np.argsort(found, kind="stable").tolist() == np.argsort(places, kind="stable").tolist()
    assert min(np.diff(sorted(found)), default=1.0) >= min(gap, 1 / max(len(places) - 1, 1)) - 1e-9
    assert min(found) >= -1e-9 and max(found) <= 1 + 1e-9
    if len(places) > 1 and min(np.diff(sorted(places))) >= gap:
        assert found == list(places)


def test_every_marker_of_a_prior_has_a_glyph_of_its_own() -> None:
    assert len(set(GLYPHS.values())) == len(GLYPHS)
    assert "#123456" in glyph("star-open-dot", "#123456") and GLYPHS["star-open"] in glyph("star-open-dot", "#123456")


def test_the_heat_map_shows_the_best_of_each_cell_and_sets_the_oracle_apart() -> None:
    groups = {"A": [point(5.26, t=10), point(4.15, t=10), point(2.04, t=50)], "B": [point(3.13, t=10)]}
    figure = heat_figure(groups, {"Oracle": [point(1, t=10)]})
    contestants, apart = figure.data
    assert list(contestants.x) == ["10", "50"] and list(contestants.y) == ["A", "B"]
    assert [list(line) for line in contestants.text] == [["4.15", "<b>2.04</b>"], ["<b>3.13</b>", ""]]
    assert contestants.z[1][1] is None and contestants.z[1][0] > contestants.z[0][0], "better is brighter"
    assert apart.yaxis == "y2" and list(apart.y) == ["Oracle"] and apart.colorscale[0][1] == apart.colorscale[1][1]
    up = heat_figure(groups, {}, badness=operator.neg).data[0]
    assert up.text[0][0] == "<b>5.26</b>" and up.z[0][0] > up.z[1][0]


def test_the_numbers_of_a_figure_are_those_drawn() -> None:
    data = figure_data(frontier_figure({"A": [point(5, 10, spread=0.1), point(6, 12)]}, [], "x", "y"))
    assert data[["series", "x", "y"]].to_numpy().tolist() == [["beaten", 12, 6], ["A", 10, 5]]
    assert data["error"].iloc[1] == 0.1 and data["about"].tolist() == ["note", "note"]
    assert "measure" not in data.columns, "one panel needs no name"
    cells = figure_data(heat_figure({"A": [point(1234.5, t=10)]}, {}))
    assert cells[["series", "x", "y"]].to_numpy().tolist() == [["A", "10", 1234.0]] or cells["y"].tolist() == [1234.5]


def test_the_numbers_of_two_panels_say_whose_they_are() -> None:
    figure = make_subplots(1, 2)
    figure.add_scatter(x=[1], y=[2], name="A", row=1, col=1)
    figure.add_scatter(x=[1], y=[3], name="A", row=1, col=2)
    figure.update_yaxes(title_text="percent", col=1).update_yaxes(title_text="FD", col=2)
    assert figure_data(figure)[["measure", "y"]].to_numpy().tolist() == [["percent", 2], ["FD", 3]]
    lying = make_subplots(1, 2)
    lying.add_scatter(x=[1], y=["A"], row=1, col=1).add_scatter(x=[4], y=["A"], row=1, col=2)
    lying.update_xaxes(title_text="one", col=1).update_xaxes(title_text="other", col=2)
    assert figure_data(lying)["measure"].tolist() == ["one", "other"]


def test_step_figure_joins_the_best_result_at_each_step_and_keeps_the_rest() -> None:
    points = [point(5, t=10), point(4, t=10), point(2, t=50), point(3, t=50), point(7)]
    assert [p.value for p in best_per_step(points)] == [4, 2]
    assert [p.value for p in best_per_step(points, operator.neg)] == [5, 3]
    figure = step_figure({"A": points, "floor": [point(1, t=10)]}, "floor", "y")
    lines = {trace.name: trace for trace in figure.data if trace.mode == "lines+markers"}
    assert list(lines["A"].y) == [4, 2] and lines["A"].fill is None
    assert lines["floor"].fill == "tozeroy"
    assert sorted(y for trace in figure.data if trace.mode == "markers" for y in trace.y) == [3, 5]


def test_one_group_far_worse_than_the_rest_does_not_flatten_them() -> None:
    groups = {name: [point(value, t=10)] for name, value in {"A": 4, "B": 5, "noise": 40}.items()}
    assert step_figure(groups, "", "y").layout.yaxis.range[1] < 10
    assert step_figure({"A": groups["A"], "noise": groups["noise"]}, "", "y").layout.yaxis.range is None
    assert step_figure(groups, "", "y", badness=operator.neg).layout.yaxis.range is None


@pytest.mark.parametrize(
    "figure",
    [
        frontier_figure({"A": [point(1, 2)]}, [], "", ""),
        step_figure({"A": [point(1, t=3)]}, "", ""),
        heat_figure({"A": [point(1, t=3)]}, {}),
        frontier_figure({}, [], "", ""),
    ],
)
def test_figures_leave_background_and_text_to_the_theme(figure: go.Figure) -> None:
    layout = figure.layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert layout.font.color is None and layout.xaxis.title.font.color is None
    assert figure.layout.margin.l is not None and figure.layout.xaxis.automargin and figure.layout.yaxis.automargin
