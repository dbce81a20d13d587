"""The Evaluate screen in Streamlit's own tester: the form, a run's rows, the history, and nonsense in the address."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.evaluation.job import create_evaluation
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.jobs import launcher
from tdot_core.services.jobs.execute import execute
from tdot_core.services.results.export import export_rows
from tdot_core.services.results.rows import read_rows
from tdot_core.services.results.table import column_places, value_text
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, find_run, list_runs

APP = Path(__file__).resolve().parents[2] / "app.py"
SMALL: dict[str, Any] = {
    "priors": ("vanilla", "ot"),
    "t_stars": (5, 12),
    "n_steps": 2,
    "n": 8,
    "sets": 2,
    "dataset": "digits",
    "include_floor": True,
    "metrics": ("fd", "recall_dist", "coverage"),
}


@pytest.fixture(scope="session")
def evaluated_models(measuring_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny models with one finished evaluation of vanilla and ot, which cannot start at t* = 5."""
    folder = tmp_path_factory.mktemp("evaluated")
    shutil.copytree(measuring_models / "cache", folder / "cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(folder / "cache"))
        patch.setenv("TDOT_ASSETS", str(folder / "assets"))
        for other in list_runs("evaluation"):  # of tests that shared the models before
            shutil.rmtree(other.path)
        run = create_evaluation(EvaluationSpec(**SMALL), "first try")
        assert execute(run).state == "done"
    return folder / "cache"


@pytest.fixture
def finished(evaluated_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """That finished evaluation in a cache of the test's own."""
    shutil.copytree(evaluated_models, tmp_path / "cache")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    (run,) = list_runs("evaluation")
    return run


def visit(**parameters: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(APP), default_timeout=600)
    app.switch_page("pages/evaluate.py")
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def table_html(app: AppTest) -> str:
    return next(e.proto.body for e in app.get("html") if "tdot-table" in e.proto.body and "<table>" in e.proto.body)


def said(app: AppTest) -> str:
    texts = " ".join(str(e.value) for kind in (app.caption, app.warning, app.error, app.markdown) for e in kind)
    return texts.replace("\\", "")


def test_the_form_says_what_it_will_cost_and_start_makes_the_run_it_describes(finished: Run) -> None:
    app = visit(data="digits", n="8", sets="1", n_steps="2", t_star=["12", "30"], prior=["vanilla", "ot"])
    assert not app.exception and not app.error
    assert "4 rows: 32 images x 2 network calls = 64 calls" in said(app) and "on this machine" in said(app)
    app.text_input(key="e_label").set_value("from the form")
    app.button(key="e_start").click().run()
    (run,) = [run for run in list_runs("evaluation") if run.id != finished.id]
    try:
        assert not app.exception and not app.error
        assert app.query_params["run"] == run.id
        spec = EvaluationSpec.from_plain(run.config)
        assert (spec.priors, spec.t_stars, spec.n, spec.sets, spec.n_steps) == (("vanilla", "ot"), (12, 30), 8, 1, 2)
        assert (spec.dataset, spec.extractor, spec.layers) == ("digits", "cifar-cnn", ("penultimate",))
        assert run.label == "from the form" and run.status().active
        assert app.button(key="e_cancel").label == "Cancel"
    finally:
        launcher.stop(run, patience=20)


def test_a_finished_run_shows_every_row_with_its_spread_and_never_zero_for_unknown(finished: Run) -> None:
    app = visit(run=finished.id)
    assert not app.exception and not app.error
    html, rows = table_html(app), read_rows(finished)
    assert html.count("<tr>") == 1 + len(rows) == 6
    assert "FD-cnn</abbr>&nbsp;↓" in html and "Coverage</abbr>&nbsp;↑" in html
    refused = next(row for row in rows if not row.measured)
    assert (refused.prior, refused.t_star) == ("ot", 5)
    assert html.count(">not measured</abbr>") == 3 and "trained at t = 10" in html
    measured = next(row for row in rows if row.prior == "ot" and row.measured)
    value = measured.metrics["recall_dist"]
    assert value.spread is not None and value.value is not None
    places = column_places(rows, "recall_dist", "RecallDist")
    text = value_text(value, n=False, places=places)
    assert all(part in html for part in text.split(" ", 1)), "value ± spread, as in every export"
    assert "n per set 8" in said(app) and "sets 2" in said(app)


def test_the_chart_has_the_rows_values_and_spreads(finished: Run) -> None:
    app = visit(run=finished.id, **{"metric-shown": "recall_dist"})
    spec = json.loads(app.get("plotly_chart")[-1].proto.spec)
    found = {
        (trace["name"], x): (y, e)
        for trace in spec["data"]
        for x, y, e in zip(trace["x"], trace["y"], trace["error_y"]["array"], strict=True)
    }
    expected = {
        (row.label, row.t_star): (row.metrics["recall_dist"].value, row.metrics["recall_dist"].spread)
        for row in read_rows(finished)
        if row.t_star is not None and row.measured
    }
    assert found.keys() == expected.keys()
    assert all(found[key] == pytest.approx(expected[key]) for key in expected)
    assert "RecallDist (lower is better)" in spec["layout"]["yaxis"]["title"]["text"]


def test_the_downloads_hold_the_same_rows(finished: Run) -> None:
    app = visit(run=finished.id)
    labels = [button.label for button in app.get("download_button")]
    assert labels == ["CSV", "Parquet", "Markdown", "LaTeX", "BibTeX", "CSV"], "the last one is the chart's"
    assert export_rows(read_rows(finished), "csv").count("\n") == 1 + len(read_rows(finished))


def test_a_run_that_was_stopped_can_be_resumed_and_a_crash_is_said(finished: Run) -> None:
    write_status(finished.path, RunStatus(state="failed", step=3, total=9, message="The disk was full."))
    app = visit(run=finished.id)
    assert "The disk was full." in said(app)
    app.button(key="e_resume").click().run()
    try:
        assert not app.exception and "The disk was full." not in said(app)
        assert finished.status().active or finished.status().state == "done"
    finally:
        launcher.stop(finished, patience=20)


def test_history_shows_deletes_and_refills_the_form(finished: Run) -> None:
    app = visit()
    assert "first try" in said(app)
    app.button(key=f"e_show_{finished.id}").click().run()
    assert app.query_params["run"] == finished.id and "tdot-table" in table_html(app)
    app.button(key="e_refill").click().run()
    assert not app.exception
    assert app.number_input(key="n").value == 8 and app.multiselect(key="e_ts").value == ["5", "12"]
    assert app.multiselect(key="e_priors").value == ["vanilla", "ot"] and app.selectbox(key="e_data").value == "digits"
    app.button(key=f"e_delete_{finished.id}").click().run()
    assert not app.exception and list_runs("evaluation") == [] and "run" not in app.query_params
    assert "None yet" in said(app)


def test_an_address_of_nonsense_gives_sentences_and_defaults(finished: Run) -> None:
    bad = {
        "run": "evaluation-gone",
        "t_star": ["abc", "5000"],
        "prior": "nonsense",
        "data": "nowhere",
        "sampler": "magic",
        "n": "-4",
        "metric": "iq",
    }
    app = visit(**bad)
    assert not app.exception and not app.error
    for name in ("evaluation-gone", "abc", "5000", "nonsense", "nowhere", "magic", "-4", "iq"):
        assert name in said(app), name
    assert app.multiselect(key="e_ts").value == ["10"] and app.number_input(key="n").value == 500


def test_a_link_may_name_a_run_that_is_the_best_of_its_kind(finished: Run) -> None:
    choice = next(choice for choice in prior_choices() if choice.run and choice.name == choice.key)
    app = visit(data="digits", prior=choice.run)
    assert app.multiselect(key="e_priors").value == [choice.name] and "not there" not in said(app)


def test_nothing_chosen_disables_start_with_a_sentence(finished: Run) -> None:
    app = visit(data="digits", prior="")
    assert app.button(key="e_start").disabled and "Choose at least a prior" in said(app)


def test_more_steps_than_t_star_is_a_sentence_and_makes_no_run(finished: Run) -> None:
    app = visit(data="digits", t_star="5", n_steps="7", prior="vanilla")
    app.button(key="e_start").click().run()
    assert not app.exception and len(app.error) == 1
    assert len(list_runs("evaluation")) == 1


def test_beside_a_file_of_statistics_there_is_no_row_of_real_test_images(finished: Run) -> None:
    file = finished.path.parents[1] / "foreign.npz"
    np.savez(file, mu=np.zeros(32), sigma=np.eye(32))
    app = visit(data="digits", n="8", sets="1", n_steps="2", t_star="12", prior="vanilla")
    app.text_input(key="e_statistics_path").set_value(str(file)).run()
    assert not app.exception and "No row of real test images" in said(app)
    app.button(key="e_start").click().run()
    (run,) = [run for run in list_runs("evaluation") if run.id != finished.id]
    try:
        assert EvaluationSpec.from_plain(run.config).include_floor is False
    finally:
        launcher.stop(run, patience=20)


def test_damaged_rows_are_a_sentence(finished: Run) -> None:
    (find_run(finished.id).path / "rows.json").write_text('{"rows": [{"prior": 3}]}')
    app = visit(run=finished.id)
    assert not app.exception and len(app.error) == 1 and "damaged" in app.error[0].value
