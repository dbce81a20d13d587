"""The Sample screen with real (tiny) models: what is drawn, what is explained, what comes from the cache."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages_tiles import reels, tile_data, tiles
from tdot_core.maths.grids import grids
from tdot_core.maths.samplers import samplers
from tdot_core.registry import Registry
from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.datasets import load_dataset
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.votes.ballots import cast_votes
from ui.sample.player import WANTED

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
    return lambda **query: screen("sample", **({"n": "4", "n_steps": "2"} | query))


def test_the_first_visit_draws_every_prior_by_itself(sample: Screen) -> None:
    shown = tiles(sample())
    assert list(shown) == list(KEYS)
    for label, key in KEYS.items():
        assert np.array_equal(shown[label], drawn(key, SampleSettings(200, 2, n=4))), label


def test_moving_t_star_changes_every_grid_through_the_lift(sample: Screen) -> None:
    app = sample(t_star="10")
    low = tiles(app)
    app.slider(key="t_star").set_value(300).run()
    high = tiles(app)
    assert list(low) == list(high) == list(KEYS)
    assert all(not np.array_equal(low[label], high[label]) for label in KEYS)
    assert text(app).count("trained at 10, lifted to 300") >= 3


def test_below_t_train_a_column_explains_and_the_others_go_on(sample: Screen) -> None:
    app = sample(t_star="5")
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
    app = sample(prior=["vae", "gan"], t_star="77")
    before = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    app.run()
    again = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    assert len(before) == 2 and before == again
    app.query_params["prior"] = ["vae", "gan", "ot"]
    app.run()
    more = [html.proto.body for html in app.get("html") if "per image" in html.proto.body]
    assert more[:2] == before and len(more) == 3


def want(app: AppTest, view: str) -> None:
    """Ask for the states of the chain as the player in the browser does."""
    player = next(part for part in app.get("bidi_component") if part.proto.component_name == "tdot_player")
    app.session_state[WANTED] = {json.loads(player.proto.json)["mark"]: {view}}
    app.run()


def test_the_states_of_the_chain_are_sent_once_they_are_wanted(sample: Screen) -> None:
    app = sample(t_star="100")
    assert not reels(app)
    want(app, "x")
    assert {id for id, view in reels(app)} == set(KEYS.values())
    for (key, view), states in reels(app).items():
        chunk = next(generate([load_prior(key)], load_net(), SampleSettings(100, 2, n=4), frames=2))
        assert view == "x" and chunk.frames is not None and np.array_equal(states, chunk.frames[:-1]), key


def test_what_the_network_sees_coming_is_sent_for_its_own_view(sample: Screen) -> None:
    app = sample(t_star="100", prior="ot")
    want(app, "x0_hat")
    chunk = next(generate([load_prior("ot")], load_net(), SampleSettings(100, 2, n=4), frames=2))
    assert list(reels(app)) == [("ot", "x0_hat")] and np.array_equal(reels(app)["ot", "x0_hat"], chunk.x0_hats)


def test_no_picture_is_sent_twice(sample: Screen) -> None:
    """The result lies in the column's own message, and the states before it in the reel."""
    app = sample(t_star="100", prior="ot", n_steps="5")
    want(app, "x")
    assert len(reels(app)["ot", "x"]) == len(tile_data(app)["Optimal transport"]["times"]) - 1 == 5


def test_the_ladder_starts_one_prior_at_every_step(sample: Screen) -> None:
    app = sample(by="t", of="gan")
    shown = tiles(app)
    assert list(shown) == [f"t* = {t}" for t in (10, 50, 100, 200, 400)]
    for label, images in shown.items():
        assert np.array_equal(images, drawn("gan", SampleSettings(int(label[5:]), 2, n=4))), label
    assert app.slider(key="t_star").disabled


@pytest.mark.parametrize(("by", "field", "known"), [("sampler", "sampler", samplers), ("grid", "grid", grids)])
def test_one_prior_side_by_side_with_what_else_could_walk_it(
    sample: Screen, by: str, field: str, known: Registry
) -> None:
    app = sample(by=by, of="ot", t_star="60", n_steps="3")
    assert len(tiles(app)) == len(known.all())
    for (label, images), (key, cls) in zip(tiles(app).items(), known.all().items(), strict=True):
        assert label == cls.label
        assert np.array_equal(images, drawn("ot", replace(SampleSettings(60, 3, n=4), **{field: key}))), label


def test_one_prior_side_by_side_with_every_denoiser(sample: Screen) -> None:
    shown = tiles(sample(by="net", of="ot", t_star="60"))
    assert list(shown)[0] == "Default denoiser"
    assert np.array_equal(shown["Default denoiser"], drawn("ot", SampleSettings(60, 2, n=4)))


def test_what_ships_is_shown_until_somebody_wants_more(screen: Screen, cache: Path) -> None:
    """With the shipped models: results at once, and a drawing of this machine's own when the chain is wanted."""
    app = screen("sample", prior="vanilla")
    assert "as shipped with TDOT" in text(app) and len(tiles(app)["Vanilla"]) == 16 and "per image" not in text(app)
    assert not [b for b in app.get("download_button") if "Trajectory" in b.proto.label]
    want(app, "x")
    assert (
        "as shipped with TDOT" not in text(app) and "per image" in text(app) and list(reels(app)) == [("vanilla", "x")]
    )


def test_state_in_the_address_reaches_the_player(sample: Screen) -> None:
    app = sample(prior=["vae", "ot"], at="1", view="difference", against="ot")
    player = next(part for part in app.get("bidi_component") if part.proto.component_name == "tdot_player")
    data = json.loads(player.proto.json)
    assert (data["at"], data["view"], data["against"], data["ids"]) == (1, "difference", "ot", ["vae", "ot"])


def test_more_steps_than_t_star_are_clamped_with_a_sentence(sample: Screen) -> None:
    app = sample(t_star="10", n_steps="50", prior="vanilla")
    assert "50 steps do not fit below t* = 10" in text(app) and "NFE 10" in text(app)
    assert np.array_equal(tiles(app)["Vanilla"], drawn("vanilla", SampleSettings(10, 10, n=4)))


def test_a_link_may_name_a_run_that_is_the_best_of_its_kind(sample: Screen) -> None:
    run = next(choice.run for choice in prior_choices() if choice.name == "ot")
    app = sample(prior=run)
    assert set(tiles(app)) == {"Optimal transport"} and "not there" not in text(app)


def test_every_setting_reaches_the_sampler(sample: Screen) -> None:
    app = sample(prior="ot", t_star="60", n_steps="3", seed="40", sampler="ddpm", clip_x0="false")
    expected = drawn("ot", SampleSettings(60, 3, "ddpm", seed=40, n=4, clip_x0=False))
    assert np.array_equal(tiles(app)["Optimal transport"], expected)
    app = sample(prior="ot", t_star="60", n_steps="3", eta="0.5")
    assert np.array_equal(tiles(app)["Optimal transport"], drawn("ot", SampleSettings(60, 3, eta=0.5, n=4)))


def test_an_image_is_shown_large_with_its_nearest_training_images(sample: Screen) -> None:
    app = sample(prior=["vanilla", "ot"], look="2", t_star="150")
    assert [data["picked"] for data in tile_data(app).values()] == [2, 2]
    captions = [
        img.caption.replace("\\", "")
        for shown in app.get("image")
        for img in shown.proto.imgs
        if "nearest" in img.caption
    ]
    train, few = load_dataset("digits").images("train").astype(np.int64), 3
    assert len(captions) == 2 * few
    for place, key in enumerate(("vanilla", "ot")):
        result = drawn(key, SampleSettings(150, 2, n=4))[2].astype(np.int64)
        squared = ((train - result) ** 2).sum(axis=(1, 2, 3))
        for caption, row in zip(captions[few * place :], np.argsort(squared, kind="stable")[:few], strict=False):
            assert f"row {row}" in caption and f"distance {squared[row] ** 0.5 / 127.5:.1f}" in caption


def test_without_its_data_set_the_nearest_images_say_what_to_import(sample: Screen) -> None:
    from tdot_core.services.runs.store import best_run

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
    [{"t_star": "abc"}, {"t_star": "5000"}, {"prior": ["nonsense", "ot"]}, {"prior": "<script>alert(1)</script>"}, {"n_steps": "-3"},
     {"n": "7"}, {"seed": "99999999999999999999"}, {"sampler": "euler"}, {"net": "../../etc"}, {"eta": "nan"}, {"look": "900"},
     {"at": "99"}, {"view": "x-ray"}, {"by": "moon"}],
)  # fmt: skip
def test_a_hostile_address_gives_the_default_and_a_word(query: dict[str, str], sample: Screen) -> None:
    app = sample(**{"prior": "vanilla", **query})
    assert not app.error and tiles(app)
    assert app.slider(key="t_star").value == 200
    if "eta" not in query:
        assert "The address asks for" in text(app)


def test_no_prior_chosen_offers_the_usual_ones(sample: Screen) -> None:
    app = sample(prior="")
    assert not tiles(app)
    app.button(key="choose-priors").click().run()
    assert list(tiles(app)) == list(KEYS)


def test_a_damaged_prior_speaks_in_its_own_column(sample: Screen, tiny: Path) -> None:
    from tdot_core.services.runs.store import best_run

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


def test_a_blind_vote_is_kept_and_counted(sample: Screen) -> None:
    app = sample(prior=["vae", "ot"], vote="1", seed="5")
    before = len(cast_votes())
    shown = [image.proto.imgs[0].caption for image in app.get("image")]
    assert shown == ["A", "B"] and not any("VAE" in markdown.value for markdown in app.markdown)
    app.button(key="vote-for-a").click().run()
    (kept,) = cast_votes()[before:]
    assert {kept.a.split()[1], kept.b.split()[1]} == {"t=200"} and kept.a != kept.b
    assert kept.choice == "a" and 5 <= kept.seed < 9
    app.toggle(key="vote-score").set_value(True).run()
    assert "1 vote between these columns" in text(app) and "Preferred to the average" in text(app)


def test_a_shared_read_only_screen_takes_no_votes(sample: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_READONLY", "1")
    app = sample(prior=["vae", "ot"], vote="1")
    assert not [button for button in app.button if str(button.key).startswith("vote-for")]


def test_the_vote_comes_before_a_closer_look(sample: Screen) -> None:
    app = sample(prior=["vae", "ot"], vote="1", look="1")
    assert [b.label for b in app.button if str(b.key).startswith("vote-for")] == [
        "A looks better",
        "Cannot tell",
        "B looks better",
    ]
