"""The Features figure: colours, contours, marks of what was chosen, and WebGL for many points; the table of shares."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
import pytest
from scipy.stats import gaussian_kde

from tdot_core.services.features.clouds import TRAIN, Cloud, stack_images
from ui.features.contours import contour_trace
from ui.features.figure import NEUTRAL, WEBGL, Look, feature_figure, point_id
from ui.features.paint import Paint
from ui.features.places import Places
from ui.features.shares import CHOSEN, OF_CHOSEN, OF_ITS_OWN, share_table
from ui.palette import REAL, prior_style

LOOKS = {TRAIN: Look("Real", REAL), "gan": Look("GAN", prior_style("gan"))}


def cloud(name: str, n: int, labels: list[int] | None = None) -> Cloud:
    features = np.random.default_rng(n).normal(size=(n, 4)).astype(np.float32)
    found = None if labels is None else np.array(labels)
    return Cloud(name, features, np.arange(n), np.zeros((n, 32, 32, 3), np.uint8), found, ("cat", "dog"))


def places(*clouds: Cloud) -> Places:
    return Places(("x", "y"), {c.id: c.features[:, :2].astype(float) for c in clouds})


def test_ten_thousand_points_are_drawn_with_webgl_and_few_are_not() -> None:
    few, many = cloud("gan", 50), cloud(TRAIN, 10_000)
    assert isinstance(feature_figure([few], LOOKS, places(few)).data[0], go.Scatter)
    figure = feature_figure([many, few], LOOKS, places(many, few))
    assert many.n >= WEBGL and all(isinstance(trace, go.Scattergl) for trace in figure.data)
    assert len(figure.to_json()) < 3_000_000, "no screen sends more than 3 MB"


def test_contours_have_the_priors_colour_and_hold_half_and_nine_tenths() -> None:
    points = np.random.default_rng(0).normal(size=(500, 2))
    lines = contour_trace(points, "gan", "GAN", prior_style("gan"))
    assert lines is not None and lines.line.color == prior_style("gan").color and lines.legendgroup == "gan"
    density = gaussian_kde(points.T)
    at_points = density(points.T)
    assert (at_points > lines.contours.start).mean() == pytest.approx(0.9, abs=0.01)
    assert (at_points > lines.contours.end).mean() == pytest.approx(0.5, abs=0.01)
    x, y = np.meshgrid(lines.x, lines.y)
    np.testing.assert_allclose(np.asarray(lines.z).ravel(), density(np.stack([x.ravel(), y.ravel()])), rtol=1e-4)
    assert contour_trace(np.zeros((50, 2)), "gan", "GAN", REAL) is None, "equal points have no density"


def test_contours_join_the_figure_when_asked_for() -> None:
    one = cloud("gan", 60)
    kinds = [t.type for t in feature_figure([one], LOOKS, places(one), contours=True).data]
    assert kinds == ["scatter", "contour"]


def test_colour_is_the_paints_where_there_is_one() -> None:
    one = cloud("gan", 6)
    figure = feature_figure([one], LOOKS, places(one), Paint({"gan": np.arange(6.0)}, {"cmin": 0}))
    assert list(figure.data[0].marker.color) == list(range(6)) and figure.data[0].marker.coloraxis == "coloraxis"
    assert figure.data[0].marker.symbol == prior_style("gan").marker, "the mark still says which prior"
    assert [(t.showlegend, t.marker.color) for t in figure.data[1:]] == [(None, NEUTRAL)] and not figure.data[
        0
    ].showlegend


def test_what_was_chosen_before_is_marked() -> None:
    one, real = cloud("gan", 6), cloud(TRAIN, 5)
    figure = feature_figure([real, one], LOOKS, places(real, one), selected={point_id(one, 2), point_id(one, 4)})
    assert [tuple(trace.selectedpoints) for trace in figure.data] == [(), (2, 4)]
    assert feature_figure([one], LOOKS, places(one)).data[0].selectedpoints is None


def test_shares_by_prior_and_class_are_counted() -> None:
    real, gan = cloud(TRAIN, 10, [0] * 5 + [1] * 5), cloud("gan", 4)
    table = share_table(
        [real, gan],
        {TRAIN: [0, 1, 9], "gan": [3]},
        {TRAIN: "Real", "gan": "GAN"},
        {TRAIN: real.labels, "gan": np.array([1, 1, 1, 0])},
        ("cat", "dog"),
    )
    assert table["Images"].tolist() == ["Real", "GAN"] and table[CHOSEN].tolist() == [3, 1]
    assert table[OF_ITS_OWN].tolist() == [30, 25] and table[OF_CHOSEN].tolist() == [75, 25]
    assert table["cat"].tolist() == [67, 100] and table["dog"].tolist() == [33, 0]


def test_generated_pictures_go_before_real_ones_where_not_all_fit() -> None:
    real, gan = cloud(TRAIN, 10), cloud("gan", 4)
    images, starts = stack_images([real, gan], most=9)
    assert starts == {"gan": 0} and len(images) == 4
    assert stack_images([real, gan], most=14)[1] == {TRAIN: 0, "gan": 10}
