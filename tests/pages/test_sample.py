"""The Sample screen with real (tiny) models: what is drawn, what is explained, what comes from the cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages_tiles import tile_data, tiles
from tdot_core.services.datasets import load_dataset
from tdot_core.services.loading import load_net, load_prior
from tdot_core.services.prior_catalogue import prior_choices
from tdot_core.services.sampling import SampleSettings, generate

Screen = Callable[..., AppTest]
KEYS = {"Vanilla": "vanilla", "Gaussian": "gaussian", "VAE": "vae", "GAN": "gan", "Optimal transport": "ot"}


def drawn(key: str, settings: SampleSettings, frames: int = 0) -> np.ndarray:
    """Draw with the service itself; with frames, the start instead of the result."""
    chunks = list(generate([load_prior(key)], load_net(), settings, frames=frames))
    return np.concatenate([c.start if frames else c.images for c in chunks])


def text(app: AppTest) -> str:
    said = [e.value for kind in (app.caption, app.info, app.markdown, app.error) for e in kind]
    return " ".join([*said, *(html.proto.body for html in app.get("html"))])


@pytest.fixture
def sample(screen: Screen, tiny: Path) -> Screen:
    return lambda **query: screen("sample", **({"n": "4", "steps": "2"} | query))


def test_the_first_visit_draws_every_prior_by_itself(sample: Screen) -> None:
    shown = tiles(sample())
    assert list(shown) == list(KEYS)
    for label, key in KEYS.items():
        assert np.array_equal(shown[label], drawn(key, SampleSettings(200, 2, n=4))), label


def test_moving_t_star_changes_every_grid_through_the_lift(sample: Screen) -> None:
    app = sample(t="10")
    low = tiles(app)
    app.slider(key="t").set_value(300).run()
    high = tiles(app)
    assert list(low) == list(high) == list(KEYS)
    assert all(not np.array_equal(low[label], high[label]) for label in KEYS)
    assert text(app).count("trained at 10, lifted to 300") >= 3


def test_below_t_train_a_column_explains_and_the_others_go_on(sample: Screen) -> None:
    app = sample(t="5")
    assert list(tiles(app)) == ["Vanilla", "Gaussian"]
    explained = [info.value for info in app.info]
    assert len(explained) == 3 and all(
        "Trained at t = 10" in sentence and "t* = 5" in sentence for sentence in explained
    )
    app.button(key="train-ot").click().run()
    assert not app.exception
    assert app.title[0].value == "Priors" and app.number_input(key="train-ot-t_train").value == 5


def test_an_unchanged_choice_is_not_drawn_again(sample: Screen) -> None:
    """The seconds in a head are measured while drawing: drawn again, they would differ."""
    app = sample(prior=["vae", "gan"], t="77")
    before = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    app.run()
    again = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    assert len(before) == 2 and before == again
    app.query_params["prior"] = ["vae", "gan", "ot"]
    app.run()
    more = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    assert more[:2] == before and len(more) == 3


def test_the_scrubber_moves_all_priors_together(sample: Screen) -> None:
    app = sample(t="100")
    app.select_slider(key="along-100-2").set_value(100).run()
    shown = tiles(app)
    for label, key in KEYS.items():
        assert np.array_equal(shown[label], drawn(key, SampleSettings(100, 2, n=4), frames=1)), label
    assert "Shown: x at t = 100" in text(app)


def test_more_steps_than_t_star_are_clamped_with_a_sentence(sample: Screen) -> None:
    app = sample(t="10", steps="50", prior="vanilla")
    assert "50 steps do not fit below t* = 10" in text(app) and "NFE 10" in text(app)
    assert np.array_equal(tiles(app)["Vanilla"], drawn("vanilla", SampleSettings(10, 10, n=4)))


def test_a_link_may_name_a_run_that_is_the_best_of_its_kind(sample: Screen) -> None:
    run = next(choice.run for choice in prior_choices() if choice.name == "ot")
    app = sample(prior=run)
    assert set(tiles(app)) == {"Optimal transport"} and "not there" not in text(app)


def test_every_setting_reaches_the_sampler(sample: Screen) -> None:
    app = sample(prior="ot", t="60", steps="3", seed="40", sampler="ddpm", clip="false")
    expected = drawn("ot", SampleSettings(60, 3, "ddpm", seed=40, n=4, clip_x0=False))
    assert np.array_equal(tiles(app)["Optimal transport"], expected)
    app = sample(prior="ot", t="60", steps="3", eta="0.5")
    assert np.array_equal(tiles(app)["Optimal transport"], drawn("ot", SampleSettings(60, 3, eta=0.5, n=4)))


def test_an_image_is_shown_large_with_its_nearest_training_image(sample: Screen) -> None:
    app = sample(prior=["vanilla", "ot"], look="2", t="150")
    assert [data["picked"] for data in tile_data(app).values()] == [2, 2]
    captions = [
        img.caption.replace("\\", "")
        for shown in app.get("image")
        for img in shown.proto.imgs
        if "nearest" in img.caption
    ]
    train = load_dataset("digits").images("train").astype(np.int64)
    for caption, key in zip(captions, ("vanilla", "ot"), strict=True):
        result = drawn(key, SampleSettings(150, 2, n=4))[2].astype(np.int64)
        squared = ((train - result) ** 2).sum(axis=(1, 2, 3))
        assert f"row {squared.argmin()}" in caption and f"distance {squared.min() ** 0.5 / 127.5:.1f}" in caption


def test_without_its_data_set_the_nearest_image_says_what_to_import(sample: Screen) -> None:
    from tdot_core.services.runs.best import best_run

    run = best_run("denoiser")
    assert run is not None
    spec = (run.path / "spec.json").read_text()
    try:
        (run.path / "spec.json").write_text(spec.replace('"name": "digits"', '"name": "faces"'))
        app = sample(prior="vanilla", look="1", seed="1")
        assert "faces" in text(app) and "not on this machine" in text(app)
        assert [b.label for b in app.button if b.key == "add-for-nearest"] == ["Add a data set"]
    finally:
        (run.path / "spec.json").write_text(spec)


@pytest.mark.parametrize(
    "query",
    [{"t": "abc"}, {"t": "5000"}, {"prior": ["nonsense", "ot"]}, {"prior": "<script>alert(1)</script>"}, {"steps": "-3"},
     {"n": "7"}, {"seed": "99999999999999999999"}, {"sampler": "euler"}, {"net": "../../etc"}, {"eta": "nan"}, {"look": "900"}],
)  # fmt: skip
def test_a_hostile_address_gives_the_default_and_a_word(query: dict[str, str], sample: Screen) -> None:
    app = sample(**{"prior": "vanilla", **query})
    assert not app.error and tiles(app)
    assert app.slider(key="t").value == 200
    if "eta" not in query:
        assert "The address asks for" in text(app)


def test_no_prior_chosen_offers_the_usual_ones(sample: Screen) -> None:
    app = sample(prior="")
    assert not tiles(app)
    app.button(key="choose-priors").click().run()
    assert list(tiles(app)) == list(KEYS)


def test_a_damaged_prior_speaks_in_its_own_column(sample: Screen, tiny: Path) -> None:
    from tdot_core.services.runs.best import best_run

    run = best_run("gan")
    assert run is not None
    whole = run.weights_path.read_bytes()
    try:
        run.weights_path.write_bytes(whole[: len(whole) // 2])
        app = sample(prior=["gan", "vae"], seed="3")
        assert list(tiles(app)) == ["VAE"] and len(app.error) == 1 and "damaged" in app.error[0].value
    finally:
        run.weights_path.write_bytes(whole)


def test_without_any_model_there_is_one_thing_to_do(screen: Screen, no_assets: Path) -> None:
    app = screen("sample")
    assert [b.label for b in app.button] == ["Train a denoiser"] and "denoiser" in text(app)
    app.button[0].click().run()
    assert app.title[0].value == "Priors" and app.selectbox(key="train-kind").value == "denoiser"
