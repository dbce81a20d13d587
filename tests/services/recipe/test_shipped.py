"""What ships with TDOT: whole, running, and the source of the table that ships beside it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tdot_core.progress import finish
from tdot_core.services.benchmark_csv import csv_path, to_benchmark_csv
from tdot_core.services.benchmark_table import shipped_rows
from tdot_core.services.evaluation import EvaluationRow, EvaluationSpec, evaluate
from tdot_core.services.paths import project_root
from tdot_core.services.recipe.manifest import verify
from tdot_core.services.runs.store import list_runs

LIMIT_BYTES = 60e6


@pytest.fixture(autouse=True)
def private_cache(cache: Path) -> None:
    """Nothing of the user's own counts here."""


def test_every_file_is_whole_and_every_model_gives_its_number() -> None:
    assert [f"{check.name}: {check.detail}" for check in verify() if not check.holds] == []


def test_every_shipped_model_has_its_card_provenance_and_curves() -> None:
    runs = [run for run in list_runs() if run.shipped]
    assert {run.kind for run in runs} >= {"denoiser", "cifar-cnn", "gaussian", "vae", "gan", "ot"}
    for run in runs:
        assert {"MODEL_CARD.md", "provenance.json", "metrics.jsonl", "spec.json"} <= {
            p.name for p in run.path.iterdir()
        }
        assert run.metrics(), f"{run.id} has no curve"


def test_all_assets_stay_small() -> None:
    assets = project_root() / "assets"
    assert sum(path.stat().st_size for path in assets.rglob("*") if path.is_file()) < LIMIT_BYTES


def test_the_csv_is_what_the_rows_say() -> None:
    assert csv_path().read_text() == to_benchmark_csv([item.row for item in shipped_rows()])


def smallest(prior: str) -> EvaluationRow:
    """Return the prior's smallest row at t* = 10, which is quick to make again."""
    rows = [
        item.row for item in shipped_rows() if item.row.prior == prior and item.row.t_star == 10 and item.row.sets > 1
    ]
    return min(rows, key=lambda row: row.n * row.sets)


@pytest.mark.parametrize("prior", ["gaussian", "ot-published"])
def test_a_row_comes_out_again_within_its_spread(prior: str) -> None:
    """The first set of a row, drawn and measured anew: within four standard errors of the row's mean, on any machine."""
    row = smallest(prior)
    spec = EvaluationSpec(
        (prior,), t_stars=(10,), n_steps=int(row.n_steps or 0), samplers=(row.sampler,), n=row.n, sets=1, seed=row.seed,
        dataset=row.dataset, extractor=row.extractor, layers=(row.layer,), metrics=("fd", "recall_dist"), device="cpu",
        include_floor=False,
    )  # fmt: skip
    (again,) = finish(evaluate(spec))
    for key in ("fd", "recall_dist"):
        then, now = row.metrics[key], again.metrics[key]
        assert then.value is not None and then.spread is not None and now.value is not None
        assert abs(now.value - then.value) <= 4 * then.spread + 0.001 * then.value, (key, now.value, then)
