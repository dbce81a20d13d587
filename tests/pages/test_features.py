"""The Features screen in Streamlit's own tester: points, measures, selection, and what it says when something is missing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.catalogue.priors import PriorChoice, prior_choices
from tdot_core.services.datasets import load_dataset
from tdot_core.services.jobs import launcher
from tdot_core.services.runs.store import list_runs
from ui.features.chosen import SELECTED

APP = Path(__file__).resolve().parents[2] / "app.py"
OT = "Optimal transport"
VANILLA = PriorChoice("vanilla", "vanilla", "Vanilla", None, True, "")
SMALL = {"data": "digits", "n": "8", "n_steps": "2", "n_real": "60"}


@pytest.fixture
def models(measuring_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny models and their feature network that a test may change."""
    shutil.copytree(measuring_models / "cache", tmp_path / "cache")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    return tmp_path / "cache"


def visit(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=600)
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
    app = visit(**SMALL | {"n": "500", "n_steps": "200", "t_star": "200"}, prior=["ot", "gan"])
    assert app.button(key="features_draw").label == "Draw 1000 images and add them"


def test_each_prior_has_its_own_colour_and_mark(models: Path) -> None:
    from ui.palette import prior_style

    app = visit(**SMALL, draw="1", prior=["ot", "gan"])
    marks = {t["name"]: (t["marker"]["color"], t["marker"]["symbol"]) for t in traces(app)}
    for name, key in ((OT, "ot"), ("GAN", "gan")):
        assert marks[name] == (prior_style(key).color, prior_style(key).marker)


def test_a_prior_that_cannot_serve_t_star_is_explained_and_the_others_are_shown(models: Path) -> None:
    app = visit(**SMALL, draw="1", t_star="5", prior=["ot", "vanilla"])
    assert not app.exception
    assert [trace["name"] for trace in traces(app)] == ["Real training images", "Real test images", "Vanilla"]
    assert (
        len(app.warning) == 1
        and OT in app.warning[0].value
        and "trained at t = 10" in app.warning[0].value.replace("\\", "")
    )


def test_the_view_chooses_axes_and_three_dimensions(models: Path) -> None:
    app = visit(**SMALL, draw="0", axes="PC2 and PC3")
    assert "PC2" in json.loads(app.get("plotly_chart")[-1].proto.spec)["layout"]["xaxis"]["title"]["text"]
    app = visit(**SMALL, draw="0", axes="3-D")
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
    from tdot_core.services.features.extractors import open_extractor
    from tdot_core.services.features.references import write_references

    folder = models.parent / "pictures"
    _write_pictures(folder)
    finish(import_images(folder, "shapes"))
    finish(write_references("shapes", open_extractor("cifar-cnn"), ["penultimate"]))
    delete_dataset("shapes")
    app = visit(**SMALL | {"data": "shapes", "n_real": "50", "n": "6"}, draw="0")
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
        t_star="5000",
        n="abc",
        axes="4-D",
        n_real="60",
        draw="0",
    )
    assert not app.exception and not app.error
    for name in ("nowhere", "eyes:all", "nonsense", "magic", "5000", "abc", "4-D"):
        assert name in said(app).replace("\\", ""), name
    assert app.number_input(key="t_star").value == 10 and app.number_input(key="n").value == 128


def test_more_points_than_a_chart_takes_are_refused_before_they_are_drawn() -> None:
    from ui.features.settings import LARGEST_N, LARGEST_REAL, MOST_POINTS, FeatureRequest

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


def test_colour_stands_for_prior_class_or_distance_and_contours_are_drawn(models: Path) -> None:
    app = visit(**SMALL, draw="1", prior=["gan"], colour="Class", contours="true")
    assert not app.exception and not app.error
    points = [t for t in traces(app) if "customdata" in t]
    assert {t["marker"]["coloraxis"] for t in points} == {"coloraxis"}
    layout = json.loads(app.get("plotly_chart")[-1].proto.spec)["layout"]
    assert layout["coloraxis"]["colorbar"]["ticktext"] == list(load_dataset("digits").info.classes)
    assert sum(t["type"] == "contour" for t in traces(app)) == 2, "the training images and one prior"
    app = visit(**SMALL, draw="1", prior=["gan"], colour="Distance to real")
    assert json.loads(app.get("plotly_chart")[-1].proto.spec)["layout"]["coloraxis"]["cmin"] == 0
    app = visit(**SMALL, draw="0", colour="nonsense")
    assert not app.exception and "nonsense" in said(app)


def test_a_prior_that_is_added_leaves_the_others_as_they_are(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tdot_core.services.features import clouds
    from ui.features import compute

    drawn: list[str] = []

    def noted(prior: Any, *rest: Any) -> Any:
        drawn.append(prior.id)
        return clouds.prior_cloud(prior, *rest)

    monkeypatch.setattr(compute, "prior_cloud", noted)
    app = visit(**SMALL | {"seed": "77"}, draw="1", prior=["gan"])
    before = {t["name"]: t["customdata"] for t in traces(app)}
    app.multiselect(key="f_priors").set_value(["gan", "ot"]).run()
    after = {t["name"]: t["customdata"] for t in traces(app)}
    assert drawn == ["gan", "ot"] and set(after) == {*before, OT}
    assert all(after[name] == points for name, points in before.items())


def test_chosen_points_come_with_shares_and_their_nearest_real_images(models: Path) -> None:
    from pages_tiles import tiles

    app = visit(**SMALL, draw="1", prior=["gan"])
    chosen = [point[0] for t in traces(app) for point in t["customdata"][:2]]
    app.session_state[SELECTED] = chosen
    app.run()
    assert not app.exception
    table = next(frame.value for frame in app.dataframe if "Of its points" in frame.value)
    assert table["Chosen"].tolist() == [2, 2, 2] and table["Of the chosen"].tolist() == [33, 33, 33]
    assert table[list(load_dataset("digits").info.classes)].sum(axis=1).between(98, 102).all()
    shown = tiles(app)
    assert {"GAN", "Real images nearest to GAN", "Real images that are missing"} <= set(shown)
    assert len(shown["Real images nearest to GAN"]) == len(shown["GAN"]) == 2
    real = load_dataset("digits").images("train")
    for image in shown["Real images nearest to GAN"]:
        assert (real == image).all(axis=(1, 2, 3)).any(), "they are pictures of the training split"


def test_umap_says_what_it_needs_where_it_is_missing(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tdot_core.services.features import umap_map

    monkeypatch.setattr(umap_map, "umap_installed", lambda: False)
    app = visit(**SMALL, draw="0", axes="UMAP")
    assert not app.exception and "umap-learn" in app.error[0].value.replace("\\", "")
