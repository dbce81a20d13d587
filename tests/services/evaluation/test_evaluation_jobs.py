"""Evaluation as a run: checked when made, resumed without doing a row twice, done by a real worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.job import EvaluationSession, create_evaluation
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.rows import EvaluationRow, read_rows, rows_path
from tdot_core.services.runs.store import Run, delete_run, find_run, list_runs
from tdot_core.services.sampling.loading import best_run
from tests.waiting import is_over, wait_for

CHANGING = ("created", "seconds_prior", "seconds_chain")


def spec(**changes: Any) -> EvaluationSpec:
    fields: dict[str, Any] = {
        "n_steps": 2,
        "n": 40,
        "sets": 2,
        "dataset": "digits",
        "metrics": ("fd", "coverage"),
        "device": "cpu",
    }
    return EvaluationSpec(("vanilla", "ot"), **(fields | changes))


def settled(rows: list[EvaluationRow]) -> list[dict[str, Any]]:
    return [{k: v for k, v in row.to_json().items() if k not in CHANGING} for row in rows]


@pytest.fixture
def run(measuring: Path) -> Run:
    return create_evaluation(spec(t_stars=(9, 10), include_floor=True), "mine")


def stop_after(run: Run, rows: int) -> None:
    """Do an evaluation until so many rows are there, stopping within the next one as a worker does."""
    session = EvaluationSession(run)
    beyond = 0
    for progress in session:
        beyond += len(read_rows(run)) == rows
        if beyond == 3:
            session.save(progress.step)
            assert session.notes == [f"{rows} rows are there."]
            return
    raise AssertionError("ended before it was stopped")


def test_a_stopped_evaluation_goes_on_where_it_was(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    stop_after(run, 2)
    first = rows_path(run).read_text()
    made: list[str] = []
    from tdot_core.services.sampling.drawn_sets import Draw

    original = Draw.make
    monkeypatch.setattr(
        Draw, "make", lambda self: (made.append(f"{self.prior.id} {self.settings.t_star}"), original(self))[1]
    )
    sizes = []
    for _ in EvaluationSession(run):
        sizes.append(len(read_rows(run)))
    assert min(sizes) == 2 and sizes[-1] == 5
    assert "vanilla 9" not in made and set(made) == {"vanilla 10", "ot 10"}
    rows = read_rows(run)
    assert json.loads(first)["rows"][1] == rows[1].to_json()
    assert [row.prior for row in rows] == ["real", "vanilla", "vanilla", "ot", "ot"]
    straight = finish(evaluate(spec(t_stars=(9, 10), include_floor=True)))
    assert settled(rows) == settled(straight)


def test_a_row_whose_images_changed_is_measured_again(run: Run) -> None:
    stop_after(run, 2)
    document = json.loads(rows_path(run).read_text())
    document["rows"][1] |= {"fingerprint": "of another model", "metrics": {}}
    rows_path(run).write_text(json.dumps(document))
    for _ in EvaluationSession(run):
        pass
    assert read_rows(run)[1].metrics["fd"].value is not None


def test_damaged_rows_are_measured_again_and_told(run: Run) -> None:
    stop_after(run, 2)
    rows_path(run).write_text("{")
    session = EvaluationSession(run)
    for _ in session:
        pass
    assert len(read_rows(run)) == 5
    assert session.notes[0] == "5 rows are there." and "cannot be read" in session.notes[1]


def test_a_worker_does_it(measuring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--prior",
        "vanilla",
        "--prior",
        "ot",
        "--n",
        "40",
        "--sets",
        "2",
        "--steps",
        "2",
        "--seed",
        "500",
        "--device",
        "cpu",
    ]
    chosen = [
        "--dataset",
        "digits",
        "--metric",
        "fd",
        "--metric",
        "coverage",
        "--label",
        "in a worker",
        "--detach",
        "--json",
    ]
    assert main(["evaluate", *arguments, *chosen]) == 0
    run = find_run(json.loads(capsys.readouterr().out)["run"])
    try:
        assert (run.kind, run.label) == ("evaluation", "in a worker")
        status = wait_for(run, is_over)
        assert (status.state, status.step) == ("done", status.total), (run.path / "worker.log").read_text()
        assert "3 rows are there." in status.message
        assert settled(read_rows(run)) == settled(finish(evaluate(spec(seed=500))))
    finally:
        delete_run(run)


def test_one_prior_under_two_names_gives_two_rows(measuring: Path) -> None:
    best = best_run("ot")
    assert best is not None
    asked = EvaluationSpec(
        ("ot", best.id), n_steps=1, n=16, dataset="digits", metrics=("fd",), device="cpu", include_floor=False
    )
    run = create_evaluation(asked)
    for _ in range(2):
        for _ in EvaluationSession(run):
            pass
        assert [row.prior for row in read_rows(run)] == ["ot", best.id]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "nowhere"}, "Unknown data set"),
        ({"net": "nothing"}, "Unknown denoiser"),
        ({"extractor": "eye"}, "Unknown extractor"),
        ({"t_stars": (1001,)}, "t_star must be"),
    ],
)
def test_a_mistake_makes_no_run(measuring: Path, changes: dict[str, Any], message: str) -> None:
    before = [run.id for run in list_runs("evaluation")]
    with pytest.raises(TdotError, match=message):
        create_evaluation(spec(**changes))
    assert [run.id for run in list_runs("evaluation")] == before


def test_a_run_of_a_damaged_spec_is_a_sentence(run: Run) -> None:
    path = run.path / "spec.json"
    path.write_text(path.read_text().replace('"n_steps": 2', '"n_steps": "two"'))
    with pytest.raises(TdotError, match="n_steps takes a whole number"):
        EvaluationSession(find_run(run.id))
