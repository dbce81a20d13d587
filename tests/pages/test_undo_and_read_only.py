"""Deleting can be undone until the screen is left, and the read-only mode locks every button that changes something."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, create_run

Screen = Callable[..., AppTest]
DATASET = {"name": "digits", "id": "0" * 16, "n_train": 9}


@pytest.fixture
def run(cache: Path) -> Run:
    made = create_run(
        "ot", {"config": {"t_train": 10}, "label": "Mine", "dataset": DATASET, "seed": 0, "device": "cpu"}
    )
    write_status(made.path, RunStatus(state="stopped", step=4, total=99))
    return made


def hidden(run: Run) -> list[Path]:
    return list(run.path.parent.glob(".deleted-*"))


def keys(app: AppTest) -> set[str]:
    return {str(button.key) for button in app.button}


def test_a_deleted_run_comes_back(screen: Screen, run: Run) -> None:
    app = screen("priors", run=run.id)
    app.button(key=f"delete-yes-{run.id}").click().run()
    assert not run.path.exists() and len(hidden(run)) == 1 and "undo-0" in keys(app)
    app.button(key="undo-0").click().run()
    assert run.path.exists() and not hidden(run) and "undo-0" not in keys(app)
    assert run.status().step == 4 and not app.exception


def test_leaving_the_screen_makes_it_final(screen: Screen, run: Run) -> None:
    app = screen("priors", run=run.id)
    app.button(key=f"delete-yes-{run.id}").click().run()
    app.switch_page("pages/method.py").run()
    assert not hidden(run) and not run.path.exists()
    app.switch_page("pages/priors.py").run()
    assert "undo-0" not in keys(app) and not app.exception


def test_what_was_left_at_work_by_a_dead_process_is_settled_by_the_first_screen(screen: Screen, run: Run) -> None:
    write_status(run.path, RunStatus(state="running", step=7, total=99, pid=2**22 + 1, pid_created=1.0))
    app = screen("priors", run=run.id)
    assert '"crashed"' in (run.path / "status.json").read_text() and f"resume-detail-{run.id}" in keys(app)
    assert any("Resume continues" in error.value for error in app.error)


def test_read_only_locks_what_changes_something(screen: Screen, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_READONLY", "1")
    app = screen("priors", run=run.id)
    assert app.button(key=f"resume-detail-{run.id}").disabled
    app = screen("priors", view="train")
    assert app.button(key="start-training").disabled and any("read-only demo" in info.value for info in app.info)
    app = screen("priors", view="images")
    assert "dataset_download" not in keys(app)
    app = screen("evaluate")
    assert app.button(key="e_start").disabled
    assert run.path.exists()
