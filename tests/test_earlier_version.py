"""A training, an evaluation and addresses made by commit 7d01138 open today as they did then.

tests/golden/7d01138 holds what that commit wrote (hosts and preview pictures left out): a Gaussian prior with one component of
`digits`, and an evaluation of it.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from tdot_core.__main__ import main
from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.results.rows import read_rows
from tdot_core.services.results.table import lay_out
from tdot_core.services.runs.store import find_run
from tdot_core.services.sampling.loading import load_prior
from ui.evaluate.request import EvaluationRequest

PROJECT = Path(__file__).resolve().parents[1]
GOLDEN = PROJECT / "tests" / "golden" / "7d01138"
PRIOR, EVALUATION = "gaussian-20261127-031500-0001", "evaluation-20261127-031600-0002"
FINGERPRINT = "6fafbbce62c9b09b"
DRAWN = [[-0.386752, 0.678067, -0.91763, -0.987816], [-0.366846, 0.655179, -1.091456, -0.883411]]
"""Mean, standard deviation, first and last value of the images of seeds 0 and 7 at t = 100, as that commit drew them."""
ADDRESS = {"t": "60", "steps": "2", "n": "4", "clip": "false", "prior": ["vanilla", PRIOR]}


def add_golden(cache: Path) -> Path:
    shutil.copytree(GOLDEN / "runs", cache / "runs", dirs_exist_ok=True)
    return cache


@pytest.fixture
def earlier(cache: Path) -> Path:
    """A cache with the runs of that commit alone."""
    return add_golden(cache)


def opened(page: str, query: dict[str, str | list[str]]) -> AppTest:
    app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=600)
    app.switch_page(f"pages/{page}.py")
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [e.value for e in app.exception]
    return app


def test_the_training_is_listed_and_done(earlier: Path) -> None:
    run = find_run(PRIOR)
    assert (run.kind, run.status().state, run.config) == ("gaussian", "done", {"components": 1})
    assert PRIOR in {choice.run for choice in prior_choices()}


def test_the_prior_draws_what_it_drew_under_the_hash_that_it_had(earlier: Path) -> None:
    loaded = load_prior(PRIOR)
    assert loaded.fingerprint == FINGERPRINT and loaded.t_train is None
    x = loaded.prior.sample([0, 7], 100)
    found = [torch.stack([one.mean(), one.std(), one[0, 0, 0], one[2, 31, 31]]) for one in x]
    torch.testing.assert_close(torch.stack(found), torch.tensor(DRAWN), rtol=0, atol=2e-5)


def test_the_evaluation_has_its_rows_and_its_settings(earlier: Path) -> None:
    run = find_run(EVALUATION)
    rows = read_rows(run)
    written = json.loads((run.path / "rows.json").read_text())["rows"]
    assert [row.prior for row in rows] == ["real", "vanilla", "vanilla", PRIOR, PRIOR]
    for row, then in zip(rows, written, strict=True):
        assert {key: (row.title(key), value.value) for key, value in row.metrics.items()} == {
            key: (value["name"], value["value"]) for key, value in then["metrics"].items()
        }
        assert (row.grid, row.precision, row.fingerprint) == ("uniform", "fp32", then["fingerprint"])
    assert len(lay_out(rows).cells) == 5
    asked = EvaluationRequest.of(run.config).spec()
    assert (asked.priors, asked.t_stars, asked.sets) == (("vanilla", PRIOR), (10, 100), 2)


def test_the_commands_show_both(earlier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "show", PRIOR]) == 0
    assert main(["evaluate", "--run", EVALUATION]) == 0
    assert "FD-cnn" in capsys.readouterr().out


def test_an_address_of_the_sample_screen_leads_where_it_led(own_models: Path) -> None:
    add_golden(own_models)
    app = opened("sample", ADDRESS)
    assert app.slider(key="t_star").value == 60 and app.number_input(key="n_steps").value == 2
    assert app.toggle(key="clip_x0").value is False
    assert "Gaussian" in " ".join(str(part.proto) for part in app.get("html"))


def test_an_address_of_an_evaluation_shows_its_rows(earlier: Path) -> None:
    app = opened("evaluate", {"run": EVALUATION})
    tables = [part.proto.body for part in app.get("html") if "<table>" in part.proto.body]
    assert any("FD-cnn" in table and "Gaussian" in table for table in tables)
