"""The Priors screen: trainings and what became of them, the form for a new one, images from elsewhere."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages_tiles import tiles
from tdot_core.maths.quantise import to_uint8
from tdot_core.services.datasets import load_dataset
from tdot_core.services.jobs.launcher import stop
from tdot_core.services.runs.kinds import trainables
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, find_run, list_runs
from tdot_core.services.sampling.generate import draw_start
from tdot_core.services.sampling.loading import load_prior
from tdot_core.services.training.session import create_training
from tests.waiting import is_over, wait_for

Screen = Callable[..., AppTest]


def text(app: AppTest) -> str:
    return " ".join(e.value for kind in (app.caption, app.info, app.markdown, app.error) for e in kind).replace(
        "\\", ""
    )


def keys(app: AppTest) -> list[str]:
    return [str(button.key) for button in app.button]


@pytest.fixture
def own_run(screen: Screen, cache: Path) -> Iterator[Run]:
    """A small training on digits that has not begun."""
    run = create_training(
        "ot",
        "digits",
        {"epochs": 60, "batch": 64, "latent": 8, "width": 8, "n_projections": 8},
        device="cpu",
        label="Mine",
    )
    yield run
    if run.path.exists() and run.status().active and run.status().pid:
        stop(run)


def test_the_list_shows_every_training_and_the_chosen_one(screen: Screen, tiny: Path) -> None:
    run = list_runs("gan")[0]
    app = screen("priors", run=run.id)
    assert app.radio(key="priors-run").value == run.id and len(app.radio(key="priors-run").options) == len(list_runs())
    assert "stopped" in text(app) and f"`{run.id}`" in text(app)
    assert app.get("plotly_chart") and f"resume-detail-{run.id}" in keys(app)


def test_what_it_hands_to_the_chain_stands_beside_real_images(screen: Screen, tiny: Path) -> None:
    run = list_runs("vae")[0]
    app = screen("priors", run=run.id)
    app.slider(key=f"starts-t-{run.id}").set_value(150).run()
    shown = tiles(app)
    for label, name in (("VAE", run.id), ("Oracle", "oracle:digits")):
        loaded = load_prior(name)
        assert np.array_equal(
            shown[label], to_uint8(draw_start(loaded, range(24), 150, loaded.prior.schedule)).numpy()
        ), label


def test_sample_it_beside_the_others_leads_to_the_sample_screen(screen: Screen, tiny: Path) -> None:
    app = screen("priors", run=list_runs("ot")[0].id)
    app.button(key="sample-this").click().run()
    assert app.title[0].value == "Sample" and "Optimal transport" in tiles(app)


@pytest.mark.parametrize("kind", list(trainables()))
def test_the_form_has_every_setting_with_its_default(kind: str, screen: Screen, no_assets: Path) -> None:
    app = screen("priors", view="train", prior=kind)
    assert app.selectbox(key="train-kind").value == kind
    for field in dataclasses.fields(trainables()[kind].Config):
        found = [
            w
            for w in [*app.number_input, *app.selectbox, *app.toggle, *app.text_input]
            if w.key == f"train-{kind}-{field.name}"
        ]
        assert len(found) == 1 and found[0].value == field.default, field.name


def test_the_address_fills_the_form(screen: Screen, no_assets: Path) -> None:
    app = screen("priors", view="train", prior="gan", t_train="77")
    assert app.selectbox(key="train-kind").value == "gan" and app.number_input(key="train-gan-t_train").value == 77


@pytest.mark.parametrize(
    "query",
    [
        {"view": "nonsense"},
        {"view": "train", "prior": "<script>"},
        {"view": "train", "t_train": "abc"},
        {"view": "train", "t_train": "5000"},
        {"view": "train", "dataset": "../../etc"},
        {"run": "../../../etc/passwd"},
        {"run": "ot-gone"},
    ],
)
def test_a_hostile_address_gives_the_default_and_a_word(query: dict[str, str], screen: Screen, tiny: Path) -> None:
    app = screen("priors", **query)
    assert not app.error and "The address asks for" in text(app)


def test_starting_makes_a_worker_that_the_list_follows_to_its_end(screen: Screen, no_assets: Path, cache: Path) -> None:
    app = screen("priors", view="train", prior="ot", t_train="20")
    for name, value in {"epochs": 1, "batch": 512, "latent": 8, "width": 8, "n_projections": 4}.items():
        app.number_input(key=f"train-ot-{name}").set_value(value)
    app.selectbox(key="dataset").set_value("digits")
    app.text_input(key="train-label-ot").set_value("Quick one")
    app.run()
    assert "3 steps per epoch, 3 in all" in text(app) or "2 steps per epoch, 2 in all" in text(app)
    app.button(key="start-training").click().run()
    run = list_runs("ot")[0]
    assert run.label == "Quick one" and run.config["t_train"] == 20 and run.config["latent"] == 8
    assert app.radio(key="priors-run").value == run.id
    wait_for(run, is_over)
    app.run()
    assert run.status().state == "done" and "done" in text(app) and "sample-this" in keys(app)


def test_a_crash_says_why_and_resume_goes_on_until_stop(screen: Screen, own_run: Run) -> None:
    write_status(own_run.path, RunStatus(state="running", step=4, total=99, pid=2**22 + 7, pid_created=1.0))
    app = screen("priors", run=own_run.id)
    assert "crashed" in text(app) and "The process ended without a word" in app.error[0].value.replace("\\", "")
    app.button(key=f"resume-detail-{own_run.id}").click().run()
    assert own_run.status().active and f"stop-live-{own_run.id}" in keys(app)
    app.button(key=f"stop-live-{own_run.id}").click().run()
    wait_for(own_run, is_over)
    app.run()
    assert own_run.status().state == "stopped" and f"resume-detail-{own_run.id}" in keys(app)


def test_deleting_asks_first(screen: Screen, own_run: Run) -> None:
    write_status(own_run.path, RunStatus(state="failed", step=4, total=99, message="The loss stopped being a number."))
    app = screen("priors", run=own_run.id)
    assert "The loss stopped being a number." in text(app) and "It can be undone until you leave" in text(app)
    assert own_run.path.exists()
    app.button(key=f"delete-yes-{own_run.id}").click().run()
    assert not own_run.path.exists() and not app.exception


def test_an_action_that_fails_says_so(screen: Screen, own_run: Run) -> None:
    write_status(own_run.path, RunStatus(state="stopped", step=4, total=99))
    app = screen("priors", run=own_run.id)
    shutil.rmtree(own_run.path)
    app.button(key=f"delete-yes-{own_run.id}").click().run()
    assert not app.exception and "is gone: it was deleted from elsewhere" in text(app)


def test_images_become_a_prior(screen: Screen, tiny: Path) -> None:
    app = screen("priors", view="images", dataset="digits")
    assert "10 classes" in text(app)
    preview = tiles(app)["Some images of digits"]
    images = load_dataset("digits").images("train")
    assert len(preview) == 36
    assert np.array_equal(preview[0], images[0]) and np.array_equal(preview[-1], images[len(images) - 1])
    app.button(key="sample-imported").click().run()
    assert app.title[0].value == "Sample" and "Imported (digits)" in tiles(app)


def import_path(screen: Screen, path: Path, name: str) -> AppTest:
    """Import a path under a name on the Images view."""
    app = screen("priors", view="images")
    app.text_input(key="dataset_path").set_value(str(path)).run()
    app.text_input(key=f"dataset_path_name_{path.stem}").set_value(name).run()
    return app.button(key="dataset_import_path").click().run()


def test_a_path_is_imported_as_a_data_set(
    screen: Screen, cache: Path, mini_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ROOTS", str(mini_zip.parent))
    app = import_path(screen, mini_zip, "cifar10-mini")
    assert not app.error and app.selectbox(key="dataset").value == "cifar10-mini"
    assert "10 classes" in text(app) and "from zip cifar10-mini.zip" in text(app)


def test_a_browser_that_missed_the_new_data_set_is_told_again(
    screen: Screen, cache: Path, mini_zip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A click while the page takes an import over comes with the old address and the old choice."""
    monkeypatch.setenv("TDOT_ROOTS", str(mini_zip.parent))
    app = import_path(screen, mini_zip, "zoo")
    arrived = dict(app.query_params)
    del app.query_params["dataset"]
    app.selectbox(key="dataset").set_value("digits").run()
    assert app.selectbox(key="dataset").value == "zoo"
    assert dict(app.query_params) == arrived
    app.selectbox(key="dataset").set_value("digits").run()
    assert app.selectbox(key="dataset").value == "digits"


def test_a_path_outside_the_allowed_folders_is_refused(
    screen: Screen, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ROOTS", str(cache))
    app = screen("priors", view="images")
    app.text_input(key="dataset_path").set_value("/etc").run()
    app.button(key="dataset_import_path").click().run()
    assert len(app.error) == 1 and "outside the allowed folders" in app.error[0].value.replace("\\", "")


def test_without_any_model_there_is_one_thing_to_do(screen: Screen, no_assets: Path) -> None:
    app = screen("priors")
    assert [b.label for b in app.button if not str(b.key).startswith("priors-view")] == ["Train the first one"]
    app.button(key="train-first").click().run()
    assert "start-training" in keys(app)


def test_a_run_of_unknown_kind_is_listed_and_does_no_harm(screen: Screen, own_models: Path) -> None:
    shutil.copytree(list_runs("ot")[0].path, own_models / "runs" / "newkind-1")
    spec = own_models / "runs" / "newkind-1" / "spec.json"
    spec.write_text(spec.read_text().replace('"kind": "ot"', '"kind": "newkind"'))
    app = screen("priors", run="newkind-1")
    assert find_run("newkind-1").kind == "newkind" and "Newkind" in text(app) + app.subheader[0].value
