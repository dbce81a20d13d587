"""The library on the Priors screen, over the models that ship: search, order, tags, comparing, duplicating, sheets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.runs.cards import RunCard, read_card, write_card
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, find_run, list_runs

Screen = Callable[..., AppTest]


@pytest.fixture
def own_run(cache: Path) -> Run:
    """A stopped ot training of one's own with sheets after steps 1, 10 and 30, made from what ships."""
    shipped = find_run("ot-published")
    path = cache / "runs" / "ot-mine"
    (path / "samples").mkdir(parents=True)
    (path / "spec.json").write_text(
        json.dumps({**shipped.spec, "label": "Mine", "preferred": False, "config": {**shipped.config, "batch": 64}})
    )
    shutil.copy(shipped.path / "metrics.jsonl", path)
    for step in (1, 10, 30):
        shutil.copy(shipped.samples()[-1], path / "samples" / f"step-{step:09d}.png")
    write_status(path, RunStatus(state="stopped", step=30, total=99))
    return find_run("ot-mine")


def said(app: AppTest) -> str:
    kinds = (app.caption, app.info, app.warning, app.markdown, app.error)
    return " ".join(e.value for kind in kinds for e in kind).replace("\\", "")


def shown(app: AppTest) -> list[str]:
    return [str(option) for option in app.radio(key="priors-run").options]


def test_the_first_visit_shows_priors_first(screen: Screen, cache: Path) -> None:
    app = screen("priors")
    names = shown(app)
    networks = [k for k, name in enumerate(names) if name.startswith(("Feature network", "Denoiser", "Wiener"))]
    assert networks and min(networks) == len(names) - len(networks)
    assert find_run(app.radio(key="priors-run").value).kind not in ("denoiser", "cifar-cnn")
    assert len(names) == len(list_runs())


def test_search_order_and_tags_narrow_the_list_and_stand_in_the_address(screen: Screen, own_run: Run) -> None:
    write_card(own_run, RunCard(("baseline",), "a note to find"))
    write_card(find_run("gan-published"), RunCard(("baseline",)))
    app = screen("priors", find="ot note", run="ot-mine")
    assert len(shown(app)) == 1 and app.radio(key="priors-run").value == "ot-mine"
    app = screen("priors", tag="baseline", sort="name", run="ot-mine")
    assert [name.split(" ·")[0].replace("\\", "") for name in shown(app)] == ["GAN (published)", "Mine"]
    assert "baseline" in app.query_params["tag"] and "name" in app.query_params["sort"]
    app = screen("priors", find="nothing has these words")
    assert "Nothing matches" in said(app) and not app.exception
    app = screen("priors", sort="nonsense", tag="none")
    assert "nonsense" in said(app) and not app.error


def test_name_tags_and_note_are_kept_by_a_form(screen: Screen, own_run: Run) -> None:
    app = screen("priors", run="ot-mine")
    app.text_input(key="card-name-ot-mine").set_value("Better name")
    app.text_input(key="card-tags-ot-mine").set_value("One, two")
    app.text_area(key="card-note-ot-mine").set_value("why it stopped")
    app.button(key="card-keep-ot-mine").click().run()
    assert not app.exception and not app.error
    assert find_run("ot-mine").label == "Better name"
    assert read_card(own_run) == RunCard(("one", "two"), "why it stopped") and "why it stopped" in said(app)


def test_a_scrubber_walks_the_sheets(screen: Screen, own_run: Run) -> None:
    app = screen("priors", run="ot-mine")
    scrubber = app.select_slider(key="sheet-ot-mine")
    assert scrubber.value == 30 and [str(option) for option in scrubber.options] == ["1", "10", "30"]
    scrubber.set_value(10).run()
    assert not app.exception and app.select_slider(key="sheet-ot-mine").value == 10


def test_comparing_draws_the_curves_and_marks_what_differs(screen: Screen, own_run: Run) -> None:
    query = {"view": "compare", "with": ["ot-published", "ot-mine"], "smoothing": "0.0", "log": "true"}
    app = screen("priors", **query)
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert len(figure["data"]) == 2 and figure["layout"]["yaxis"]["type"] == "log"
    assert len({trace["line"]["dash"] for trace in figure["data"]}) == 2, "two models of a kind differ in their dash"
    table = next(frame.value for frame in app.dataframe if "Setting" in frame.value)
    differing = table[table["Differs"] != ""]["Setting"].tolist()
    assert differing == ["batch"]
    app.toggle(key="differing").set_value(True).run()
    table = next(frame.value for frame in app.dataframe if "Setting" in frame.value)
    assert table["Setting"].tolist() == ["batch"] and table.iloc[0, 2:].tolist() == ["128", "64"]
    app = screen("priors", view="compare", x="nonsense", smoothing="7")
    assert not app.exception and "nonsense" in said(app) and "smoothing" in said(app)


def test_duplicating_fills_the_form_and_presets_change_it(screen: Screen, own_run: Run) -> None:
    app = screen("priors", view="train", prior="ot", like="ot-mine")
    assert app.number_input(key="train-ot-ot-mine-batch").value == 64
    assert "The settings of Mine" in said(app)
    app = screen("priors", view="train", prior="ot", preset="best")
    best = next(run for run in list_runs("ot") if run.spec.get("preferred"))
    assert app.selectbox(key="train-ot-best-objective").value == best.config["objective"]
    app = screen("priors", view="train", prior="gan", like="ot-mine")
    assert not app.exception and app.number_input(key="train-gan-batch").value == 128, (
        "a run of another kind is no pattern"
    )
