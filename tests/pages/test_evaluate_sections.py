"""What stands below the table on Evaluate: comparison, whose error it is, copies; and the form's newer choices."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.services.copies.matches import by_pixels, save_matches
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.figures.split import bar_names
from tdot_core.services.results.error_split import decompose
from tdot_core.services.results.rows import EvaluationRow, write_rows
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, create_run
from tests.evaluation_rows import row as whole_row
from ui.results.table import meaning

OpenScreen = Callable[..., AppTest]


def values(*numbers: float) -> MetricValue:
    return aggregate([MetricValue(x, None, 64, 2000) for x in numbers])


def row(key: str, fd: tuple[float, ...], **changes: Any) -> EvaluationRow:
    start = {"sliced": values(0.3, 0.32), "sliced_floor": values(0.1, 0.1), "bures": values(4.0, 4.2)}
    settings = {
        "n_steps": 5,
        "nfe": 5,
        "sets": len(fd),
        "n_real": 2000,
        "extractor": "inception",
        "layer": "64",
        "start": start,
    }
    metrics = {"fd": values(*fd), "authpct": values(*(90.0 for _ in fd))}
    return whole_row(key, **{**settings, "metrics": metrics, **changes})


@pytest.fixture
def run(cache: Path, no_assets: Path) -> Run:
    """A finished evaluation in two feature spaces: real images, two priors and an oracle that copied one image."""
    random = np.random.default_rng(0)
    train = random.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
    save_matches("found", [by_pixels(train[[3, 5]], train, train[:2])])
    rows = [
        row("real", (0.2, 0.25), t_star=None, sampler="", start={}),
        row("vae", (3.0, 3.4, 3.2)),
        row("ot", (2.0, 2.4, 2.3)),
        row("oracle", (1.0, 1.1, 1.2), may_copy=True, copies="found", start={}),
    ]
    rows += [replace(one, layer="192") for one in rows[1:3]]
    made = create_run("evaluation", {"config": EvaluationSpec(("vae", "ot")).plain(), "label": "sections"})
    write_rows(made, rows)
    write_status(made.path, RunStatus(state="done", step=1, total=1))
    return made


def said(app: AppTest) -> str:
    texts = " ".join(str(e.value) for kind in (app.caption, app.error, app.markdown, app.subheader) for e in kind)
    return texts.replace("\\", "")


def html(app: AppTest) -> str:
    return " ".join(e.proto.body for e in app.get("html"))


def test_the_comparison_says_which_difference_is_real(run: Run, screen: OpenScreen) -> None:
    app = screen("evaluate", run=run.id)
    assert "Is the difference real?" in said(app) and "VAE against OT" in said(app)
    assert "OT is better." in html(app) and "95 % interval" in html(app)
    app.selectbox(key="e_second").set_value("vae").run()
    assert not app.exception and "Choose two different priors." in said(app)


def test_bars_of_one_prior_at_two_settings_stay_apart() -> None:
    rows = [row(key, (2.0, 2.1), n=n) for n in (64, 128) for key in ("ot", "oracle")] + [row("ot", (2.5, 2.6))]
    names = bar_names(decompose(rows))
    assert names == ["OT, N = 2 x 64", "OT, N = 2 x 128", "OT, N = 2 x 64 (2)"]


def test_floor_and_gap_are_bars_and_a_table(run: Run, screen: OpenScreen) -> None:
    app = screen("evaluate", run=run.id)
    spec = next(
        s
        for s in (json.loads(c.proto.spec) for c in app.get("plotly_chart"))
        if len(s["data"]) == 2 and s["data"][0]["type"] == "bar"
    )
    floor, gap = spec["data"]
    assert floor["x"] == pytest.approx([1.1, 1.1]) and gap["x"] == pytest.approx([2.1, 2.2333 - 1.1], abs=1e-3)
    assert "0.310 ± 0.010 (0.1)" in html(app) and "floor + gap = observed" in said(app)


def test_copies_are_shown_where_a_prior_could_copy(run: Run, screen: OpenScreen) -> None:
    app = screen("evaluate", run=run.id)
    assert "Copies of training images?" in said(app) and "at least 2 of them are copies" in said(app)
    assert "AuthPct" in said(app)
    write_rows(run, [row("oracle", (1.0, 1.1), may_copy=True)])
    assert "images of digits are not here" in said(screen("evaluate", run=run.id))
    write_rows(run, [row("oracle", (1.0, 1.1), may_copy=True, copies="gone")])
    app = screen("evaluate", run=run.id)
    assert len(app.error) == 1 and "evaluate again" in app.error[0].value.replace("\\", "")


def test_every_feature_space_has_its_own_table(run: Run, screen: OpenScreen) -> None:
    first, second = screen("evaluate", run=run.id), screen("evaluate", run=run.id, space="inception:192")
    assert "FID-64</abbr>" in html(first) and "FID-192</abbr>" not in html(first)
    assert "FID-192</abbr>" in html(second) and "Copies of" not in said(second)


def test_a_columns_tooltip_says_meaning_direction_floor_and_noise() -> None:
    rows = [row("real", (0.2, 0.3)), row("ot", (2.0, 2.4, 2.3)), row("vae", (3.0, 3.4, 3.2))]
    text = meaning("fd", "FID-64", rows)
    assert "Lower is better." in text and "Real test images score 0.25." in text
    assert "Noise: about ±0.12 (standard error over 3 sets of 64 images)" in text
    assert "Noise: unknown from one image set" in meaning("fd", "FID-64", [row("ot", (2.0,))])
    assert "Noise: none seen over 2 sets." in meaning("fd", "FID-64", [row("ot", (2.0, 2.0))])


def test_settings_come_back_into_the_form_as_they_were(
    run: Run, screen: OpenScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ROOTS", str(tmp_path))
    config = EvaluationSpec(
        ("vanilla",), n=2, sets=1, images=(str(tmp_path / "a"), str(tmp_path / "b")), prior_error=True
    )
    other = create_run("evaluation", {"config": config.plain()})
    write_status(other.path, RunStatus(state="stopped", step=1, total=2))
    app = screen("evaluate", run=other.id)
    app.button(key="e_refill").click().run()
    assert not app.exception
    assert (app.number_input(key="n").value, app.number_input(key="sets").value) == (2, 1)
    assert app.text_area(key="e_images_path").value.splitlines() == list(config.images)
    assert len(app.error) == 2 and "nothing at" in app.error[0].value.replace("\\", "")


def test_a_format_whose_package_is_missing_hides_no_other(
    run: Run, screen: OpenScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, *args: object, **options: object) -> bytes:
        raise ImportError("no pyarrow")

    monkeypatch.setattr("pandas.DataFrame.to_parquet", refuse)
    app = screen("evaluate", run=run.id)
    assert not app.error
    files = [button.proto for button in app.get("download_button") if "e_file_" in button.proto.id]
    assert [button.disabled for button in files] == [False, True, False, False, False]
