"""The Features screen in Streamlit's own tester: points, measures, selection, and what it says when something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.datasets import load_dataset
from tdot_core.services.jobs import launcher
from tdot_core.services.prior_catalogue import PriorChoice, prior_choices
from tdot_core.services.runs.store import list_runs
from ui.features_view import SELECTED

APP = Path(__file__).resolve().parents[2] / "app.py"
OT = "Optimal transport"
VANILLA = PriorChoice("vanilla", "vanilla", "Vanilla", None, True, "")
SMALL = {"data": "digits", "f_n": "8", "f_steps": "2", "f_real": "60"}


@pytest.fixture
def models(measuring_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny models and their feature network that a test may change."""
    shutil.copytree(measuring_models / "cache", tmp_path / "cache")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    return tmp_path / "cache"


def visit(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=120)
    app.switch_page("pages/features.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def traces(app: AppTest) -> list[dict[str, Any]]:
    """Return the traces of the last chart on the page."""
    return list(json.loads(app.get("plotly_chart")[-1].proto.spec)["data"])


def said(app: AppTest) -> str:
    return " ".join(str(e.value) for kind in (app.caption, app.warning, app.error, app.markdown) for e in kind)


def test_real_points_are_there_before_anything_is_drawn(models: Path) -> None:
    app = visit(**SMALL, draw="0")
    assert not app.exception and not app.error
    assert [trace["name"] for trace in traces(app)] == ["Real training images", "Real test images"]
    assert [len(trace["customdata"]) for trace in traces(app)] == [60, 8]
    assert app.button(key="features_draw").label == "Draw 40 images and add them"
    assert "of the real variance" in app.get("plotly_chart")[-1].proto.spec


def test_drawing_adds_every_prior_with_its_images_and_measures(models: Path) -> None:
    app = visit(**SMALL, draw="0")
    app.button(key="features_draw").click().run()
    assert not app.exception and not app.error
    points = {trace["name"]: trace["customdata"] for trace in traces(app)}
    assert set(points) == {"Real training images", "Real test images", "Vanilla", "Gaussian", "VAE", "GAN", OT}
    ids = [point[0] for trace in points.values() for point in trace]
    tiles = [point[1] for trace in points.values() for point in trace]
    assert len(set(ids)) == len(ids) == 60 + 8 + 5 * 8
    assert tiles == list(range(len(ids))), "every point has its own tile of the atlas, in order"
    table = app.dataframe[-1].value
    assert table["Images"].tolist() == [
        "Real, other training images",
        "Real test images",
        "Vanilla",
        "Gaussian",
        "VAE",
        "GAN",
        OT,
    ]
    assert "not measured" not in table.to_string()
    assert app.query_params["draw"] == "1"


def test_a_short_drawing_begins_by_itself_and_a_long_one_waits_for_a_click(models: Path) -> None:
    app = visit(**SMALL, prior=["ot", "gan"])
    assert {t["name"] for t in traces(app)} == {"Real training images", "Real test images", "GAN", OT}
    assert "draw" not in app.query_params
    app = visit(**SMALL | {"f_n": "500", "f_steps": "200", "f_t": "200"}, prior=["ot", "gan"])
    assert app.button(key="features_draw").label == "Draw 1000 images and add them"


def test_each_prior_has_its_own_colour_and_mark(models: Path) -> None:
    from ui.palette import prior_style

    app = visit(**SMALL, draw="1", prior=["ot", "gan"])
    marks = {t["name"]: (t["marker"]["color"], t["marker"]["symbol"]) for t in traces(app)}
    for name, key in ((OT, "ot"), ("GAN", "gan")):
        assert marks[name] == (prior_style(key).color, prior_style(key).marker)


def test_a_prior_that_cannot_serve_t_star_is_explained_and_the_others_are_shown(models: Path) -> None:
    app = visit(**SMALL, draw="1", f_t="5", prior=["ot", "vanilla"])
    assert not app.exception
    assert [trace["name"] for trace in traces(app)] == ["Real training images", "Real test images", "Vanilla"]
    assert (
        len(app.warning) == 1
        and OT in app.warning[0].value
        and "trained at t = 10" in app.warning[0].value.replace("\\", "")
    )


def test_the_view_chooses_axes_and_three_dimensions(models: Path) -> None:
    app = visit(**SMALL, draw="0", f_view="PC2 and PC3")
    assert "PC2" in json.loads(app.get("plotly_chart")[-1].proto.spec)["layout"]["xaxis"]["title"]["text"]
    app = visit(**SMALL, draw="0", f_view="3-D")
    assert {trace["type"] for trace in traces(app)} == {"scatter3d"}
    assert "Selecting works in the flat views" in said(app)


def test_selected_points_are_listed_by_cloud_and_stale_ones_forgotten(models: Path) -> None:
    app = visit(**SMALL, draw="0")
    chosen = [point[0] for point in traces(app)[0]["customdata"][:3]]
    app.session_state[SELECTED] = [*chosen, "train/999999", "gone/1"]
    app.run()
    assert not app.exception
    assert "**3** selected: 3 Real training images" in said(app)
    app.button(key="features_clear").click().run()
    assert "selected:" not in said(app)


def test_without_pictures_selected_real_points_have_class_and_index(models: Path) -> None:
    from tdot_core.progress import finish
    from tdot_core.services.datasets import delete_dataset, import_images
    from tdot_core.services.extractors import open_extractor
    from tdot_core.services.references import write_references

    folder = models.parent / "pictures"
    _write_pictures(folder)
    finish(import_images(folder, "shapes"))
    finish(write_references("shapes", open_extractor("cifar-cnn"), ["penultimate"]))
    delete_dataset("shapes")
    app = visit(**SMALL | {"data": "shapes", "f_real": "50", "f_n": "6"}, draw="0")
    assert not app.exception and not app.error
    assert [trace["name"] for trace in traces(app)] == ["Real training images"]
    first = traces(app)[0]["customdata"][0]
    assert first[1] == -1 and first[2].split()[0] in ("dark", "light")
    app.session_state[SELECTED] = [first[0]]
    app.run()
    assert first[2] in said(app) and "Import the data set to see the pictures" in said(app).replace("\\", "")


def _write_pictures(folder: Path) -> None:
    import numpy as np
    from PIL import Image

    images = load_dataset("digits").images("train")
    for k in range(60):
        kind = "dark" if k % 2 else "light"
        (folder / "train" / kind).mkdir(parents=True, exist_ok=True)
        pixels = np.asarray(images[k])
        Image.fromarray(pixels if k % 2 else 255 - pixels).save(folder / "train" / kind / f"{k}.png")


def test_a_link_may_name_a_run_that_is_the_best_of_its_kind(models: Path) -> None:
    choice = next(choice for choice in prior_choices() if choice.run and choice.name == choice.key)
    app = visit(data="digits", prior=choice.run, draw="0")
    assert app.multiselect(key="f_priors").value == [choice.name] and "not there" not in said(app)


def test_an_address_of_nonsense_gives_sentences_and_defaults(models: Path) -> None:
    app = visit(
        data="nowhere",
        features="eyes:all",
        prior="nonsense",
        sampler="magic",
        f_t="5000",
        f_n="abc",
        f_view="4-D",
        f_real="60",
        draw="0",
    )
    assert not app.exception and not app.error
    for name in ("nowhere", "eyes:all", "nonsense", "magic", "5000", "abc", "4-D"):
        assert name in said(app).replace("\\", ""), name
    assert app.number_input(key="f_t").value == 10 and app.number_input(key="f_n").value == 128


def test_more_points_than_a_chart_takes_are_refused_before_they_are_drawn() -> None:
    from ui.features_settings import LARGEST_N, LARGEST_REAL, MOST_POINTS, FeatureRequest

    fits = FeatureRequest((VANILLA,) * 8, 10, 10, "ddim", 0, LARGEST_N, LARGEST_REAL)
    assert fits.n_points == MOST_POINTS and not fits.too_many
    assert FeatureRequest((VANILLA,) * 9, 10, 10, "ddim", 0, LARGEST_N, LARGEST_REAL).too_many


def test_without_a_feature_network_the_one_action_is_to_train_it(
    own_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDOT_INCEPTION", raising=False)
    app = visit(data="digits")
    assert not app.exception
    assert [button.label for button in app.button if button.proto.type == "primary"] == ["Train the feature network"]
    app.button(key="f_space_train").click().run()
    (run,) = list_runs("cifar-cnn")
    try:
        assert run.spec["dataset"]["name"] == "digits" and run.status().state != "failed"
    finally:
        launcher.stop(run, patience=10)
