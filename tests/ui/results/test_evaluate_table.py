"""The results table and figure as pure functions of rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row as whole_row
from ui.results.figure import comparison
from ui.results.table import best_rows, caption, ordered, results_html


def row(
    prior: str, value: float | None, *, t_star: int | None = 10, sampler: str = "ddim", coverage: float = 0.5
) -> EvaluationRow:
    why = "" if value is not None else "Too <few> images."
    fd = MetricValue(value, None if value is None else 0.1, 100, 50_000, 2, why)
    metrics = {"fd": fd, "coverage": MetricValue(coverage, 0.01, 100, 10_000, 2)}
    changes: dict[str, Any] = {
        "t_star": t_star,
        "sampler": sampler,
        "n": 100,
        "n_real": 50_000,
        "dataset": "cifar10",
        "seconds_prior": 0.0,
    }
    return whole_row(
        prior,
        t_train=None,
        nfe_prior=0,
        extractor="inception",
        layer="64",
        metrics=metrics,
        created="2026-01-01T00:00:00Z",
        **changes,
    )


REAL, GAN, OT = row("real", 0.1, t_star=None, coverage=0.9), row("gan", 3.0, coverage=0.7), row("ot", 2.0, coverage=0.6)


def test_the_best_is_the_lowest_distance_and_the_highest_coverage_of_generated_rows() -> None:
    rows = [REAL, GAN, OT, row("vae", None)]
    assert best_rows(rows, "fd", "FID-64") == {2}
    assert best_rows(rows, "coverage", "Coverage") == {1}


def test_a_single_measured_row_is_not_best_of_anything() -> None:
    assert best_rows([REAL, GAN, row("vae", None)], "fd", "FID-64") == set()


def test_ties_are_all_best() -> None:
    assert best_rows([GAN, replace(GAN, prior="vae"), row("ot", 9.0)], "fd", "FID-64") == {0, 1}


def test_order_by_a_metric_puts_what_is_not_measured_last() -> None:
    rows = [row("vae", None), GAN, OT]
    assert [r.prior for r in ordered(rows, "fd")] == ["ot", "gan", "vae"]
    assert [r.prior for r in ordered([OT, GAN], "coverage")] == ["gan", "ot"]
    assert ordered(rows, None) == rows


def test_labels_and_reasons_of_other_people_stay_text() -> None:
    html = results_html([replace(GAN, label="<img src=x>"), row("vae", None), OT])
    assert "<img" not in html and "&lt;img src=x&gt;" in html
    assert '<abbr title="Too &lt;few&gt; images.">not measured</abbr>' in html


def test_what_all_rows_share_moves_to_the_caption_and_what_differs_is_a_column() -> None:
    one, several = [GAN, OT], [GAN, row("ot", 2.0, t_star=50, sampler="ddpm")]
    assert "<th>t*</th>" not in results_html(one) and "t* 10" in caption(one) and "sampler ddim" in caption(one)
    assert "<th>t*</th>" in results_html(several) and "<th>sampler</th>" in results_html(several)
    assert "n per set 100" in caption(several) and "real images 50,000" in caption(several)


def test_the_figure_is_a_line_per_prior_and_sampler_over_several_t_star() -> None:
    rows = [REAL] + [
        row(p, v, t_star=t, sampler=s)
        for p, v, t, s in (
            ("gan", 3.0, 50, "ddim"),
            ("gan", 2.0, 10, "ddim"),
            ("gan", 4.0, 10, "ddpm"),
            ("gan", 5.0, 50, "ddpm"),
        )
    ]
    figure = comparison(rows, "fd")
    assert [(t.name, list(t.x), list(t.y)) for t in figure.data] == [
        ("GAN, ddim", [10, 50], [2.0, 3.0]),
        ("GAN, ddpm", [10, 50], [4.0, 5.0]),
    ]
    assert len({t.line.dash for t in figure.data}) == 2 and figure.layout.shapes[0].y0 == pytest.approx(0.1)


def test_the_figure_leaves_out_what_is_not_measured() -> None:
    figure = comparison([GAN, row("vae", None), OT], "fd")
    assert [(t.name, t.y[0], t.error_y.array[0]) for t in figure.data] == [("GAN", 3.0, 0.1), ("OT", 2.0, 0.1)]
    assert figure.layout.yaxis.title.text == "FID-64 (lower is better)"
