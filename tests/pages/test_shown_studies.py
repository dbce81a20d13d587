"""The shipped studies on the screens: shown with their numbers when they are there, and nothing when they are not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.studies import study_path

LOSS = {
    "n": 1000,
    "nets": [
        {
            "net": "denoiser",
            "label": "Denoiser",
            "levels": [
                {"t": 10, "eps_loss": 0.6, "standard_error": 0.01, "ratio": 0.8, "ratio_error": 0.02},
                {"t": 500, "eps_loss": 0.02, "standard_error": 0.001, "ratio": 1.06, "ratio_error": 0.01},
            ],
        }
    ],
}
SPREAD = {
    "n": 2000, "t_star": 10, "precision": "bf16", "spaces": [
        {"extractor": "cifar-cnn", "layer": "penultimate", "n_real": 2000, "rows": [
            {"prior": "Real test images", "variance_ratio": 1.01, "neighbour_ratio": 0.99, "coverage": 0.9, "density": 1.0},
            {"prior": "GAN", "note": "The prior cannot serve t_star."},
        ]},
        {"extractor": "inception", "layer": "768", "n_real": 1000, "rows": [
            {"prior": "GAN", "variance_ratio": 0.5, "neighbour_ratio": 0.4, "coverage": 0.3, "density": 0.2},
        ]},
    ],
}  # fmt: skip
SPACE = {
    "fd_test": 0.03,
    "fd_noise": 30.0,
    "ratio": 0.00049,
    "fd_unspoilt": 0.05,
    "rank_correlation": 0.94,
    "generators": 12,
    "accuracy": 0.9202,
    "degradations": [{"name": "JPEG quality", "levels": [90, 10], "fd_cnn": [0.1, 2.5], "grows": True}],
}
NATIVE = {
    "prior": "OT (local)", "n": 5000, "sets": 3, "extractor": "cifar-cnn",
    "rows": [{"start": "lifted", "t_train": 10, "t_star": 100, "fd_cnn": 4.5, "fd_cnn_sd": 0.1, "recall_dist": 2.0, "recall_dist_sd": 0.1},
             {"start": "native", "t_train": 100, "t_star": 100, "fd_cnn": None, "fd_cnn_sd": None, "note": "too few"}],
}  # fmt: skip


HALVES = {
    "n": 5000,
    "t_star": 100,
    "steps": 10,
    "rows": [{"metric": "FID-768", "other_half": 0.2, "denoised": 0.25, "ratio": 1.25}],
}


def put(name: str, document: object) -> None:
    study_path(name).parent.mkdir(parents=True, exist_ok=True)
    study_path(name).write_text(json.dumps(document))


@pytest.fixture
def table(shipped_table: list[EvaluationRow]) -> list[EvaluationRow]:
    return shipped_table


def test_benchmark_shows_the_denoiser_and_the_spread(
    table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    put("denoiser-loss", LOSS)
    put("spread", SPREAD)
    app = screen("benchmark", tab="Studies", study="The denoiser by noise")
    chart = next(c for c in app.get("plotly_chart") if c.proto.id.endswith("denoiser-loss"))
    assert json.loads(chart.proto.spec)["data"][0]["y"] == [0.8, 1.06]
    app.button_group(key="study").set_value("Clustering").run()
    frame = app.dataframe[-1].value
    assert frame["Images"].tolist() == ["Real test images", "GAN"]
    assert frame["Variance relative to real"][0] == 1.01 and frame["Coverage"].isna().tolist() == [False, True]
    app.button_group(key="spread").set_value("inception 768").run()
    assert not app.exception
    assert app.dataframe[-1].value.iloc[0].tolist() == ["GAN", 0.5, 0.4, 0.3, 0.2]
    assert any("count 1,000 training images" in caption.value for caption in app.caption)


def test_an_address_that_names_no_feature_space_is_explained(
    table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    put("spread", SPREAD)
    app = screen("benchmark", tab="Studies", spread="vgg 3")
    assert not app.exception and any("vgg 3" in caption.value for caption in app.caption)
    assert app.dataframe[-1].value["Images"].tolist() == ["Real test images", "GAN"]


def test_benchmark_shows_a_prior_lifted_and_native(table: list[EvaluationRow], screen: Callable[..., AppTest]) -> None:
    put("native", NATIVE)
    app = screen("benchmark", tab="Studies", study="Lifting")
    assert any("3 sets of 5,000" in caption.value for caption in app.caption)
    frame = app.dataframe[-1].value
    assert frame["Start"].tolist() == ["lifted", "native"] and frame["t*"].tolist() == [100, 100]
    assert frame["FD-cnn"][0] == 4.5 and frame["FD-cnn"].isna()[1] and frame["RecallDist"].isna()[1]


def test_benchmark_shows_what_the_denoiser_alone_costs(
    table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    put("halves", HALVES)
    app = screen("benchmark", tab="Studies", study="The denoiser's cost")
    assert app.dataframe[-1].value.iloc[0].tolist() == ["FID-768", 0.2, 0.25, 1.25]
    assert any("5,000 test images noised to t\\* = 100" in caption.value for caption in app.caption)


def test_without_studies_there_are_no_empty_sections(
    table: list[EvaluationRow], screen: Callable[..., AppTest]
) -> None:
    titles = [title.value for title in screen("benchmark").subheader]
    assert not {"Do the images cluster?", "The denoiser by noise level"} & set(titles)


def test_method_puts_the_feature_space_to_the_test(no_assets: Path, screen: Callable[..., AppTest]) -> None:
    put("feature-space", SPACE)
    app = screen("method", part="Reading the numbers")
    text = next(m.value for m in app.markdown if "rank correlation" in m.value)
    assert (
        "92.02 % of the test images" in text and "0.049 % of it" in text and "0.94" in text and "12 generators" in text
    )
    assert app.dataframe[-1].value["FD-cnn"].tolist() == ["0.1 · 2.5"]


def test_a_damaged_study_is_said_and_breaks_nothing(table: list[EvaluationRow], screen: Callable[..., AppTest]) -> None:
    study_path("spread").write_text("{")
    app = screen("benchmark", tab="Studies")
    assert not app.exception and any("spread.json" in caption.value for caption in app.caption)
