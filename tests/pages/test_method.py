"""The Method screen says every prior, every metric and every source."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tdot_core.services.catalogue.metrics import metric_catalogue
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.catalogue.sources import bibliography
from tdot_core.services.results.benchmark import shipped_rows
from ui.method.reading import SCALES
from ui.words import plain


def test_everything_registered_is_explained(screen: Callable[..., AppTest]) -> None:
    app = screen("method")
    text = " ".join(block.value for block in [*app.markdown, *app.subheader])
    titles = " ".join(block.proto.body for block in app.get("html"))
    assert all(info.label in titles and plain(info.summary) in text for info in prior_catalogue())
    assert all(info.label in text and plain(info.summary) in text for info in metric_catalogue())
    assert all(source.url in text for source in bibliography())


def test_every_metric_and_prior_has_its_formula(screen: Callable[..., AppTest]) -> None:
    shown = {block.value for block in screen("method").latex}
    formulas = [info.formula for info in (*metric_catalogue(), *prior_catalogue())]
    assert len(shown) >= 20 and all(formula and any(formula in text for text in shown) for formula in formulas)


def test_the_example_of_two_layers_is_what_the_shipped_table_says() -> None:
    rows = [item.row for item in shipped_rows() if item.row.t_star == 10]
    values = {(row.label, row.title("fd")): f"{row.metrics['fd'].value:.3f}" for row in rows}
    for name in ("FID-64", "FID-768"):
        assert f"on {name}, {values['OT (local)', name]} to {values['GAN (published)', name]}" in SCALES
