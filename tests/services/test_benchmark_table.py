"""The benchmark table: what ships, what the user's runs add, who leads, and the time of a network call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue
from tdot_core.services.benchmark_table import (
    SHIPPED,
    TableRow,
    leaderboard,
    nfe_time,
    own_rows,
    shipped_rows,
    table_path,
)
from tdot_core.services.evaluation import EvaluationRow
from tdot_core.services.evaluation.rows import write_rows
from tdot_core.services.runs.store import create_run


def row(key: str = "vae", fd: float | None = 5.0, **changes: object) -> EvaluationRow:
    """Return a whole row whose Fréchet distance is fd."""
    values: dict[str, object] = {
        "prior": key, "label": key.upper(), "key": key, "run": "", "net": "denoiser", "t_star": 10, "t_train": 10,
        "sampler": "ddim", "eta": 0.0, "n_steps": 10, "nfe": 10, "nfe_prior": 1, "n": 64, "sets": 2, "seed": 0, "n_real": 100,
        "dataset": "digits", "extractor": "cifar-cnn", "layer": "penultimate", "clip_x0": True, "seconds_prior": 0.01,
        "seconds_chain": 0.05, "device": "cpu", "created": "2026-01-02T03:04:05Z", "metrics": {"fd": MetricValue(fd, 0.1, 64, 100, 2)},
    }  # fmt: skip
    return EvaluationRow(**{**values, **changes})  # type: ignore[arg-type]


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    table_path().parent.mkdir(parents=True)
    return table_path()


def shipped(*rows: EvaluationRow) -> list[TableRow]:
    return [TableRow(r, SHIPPED) for r in rows]


def test_shipped_rows_come_back_as_written_and_none_is_no_error(assets: Path) -> None:
    assert shipped_rows() == []
    rows = [row(), row("gan", None)]
    for document in ([r.to_json() for r in rows], {"rows": [r.to_json() for r in rows]}):
        assets.write_text(json.dumps(document))
        assert [item.row for item in shipped_rows()] == rows


@pytest.mark.parametrize("text", ["{", '"rows"', '{"rows": 3}', "[1]", '[{"prior": "vae"}]'])
def test_a_damaged_shipped_table_is_a_sentence(assets: Path, text: str) -> None:
    assets.write_text(text)
    with pytest.raises(TdotError, match="restore|damaged"):
        shipped_rows()


def test_own_rows_name_their_run_and_damaged_runs_are_left_out(cache: Path) -> None:
    good, bad = create_run("evaluation", {}), create_run("evaluation", {})
    create_run("evaluation", {})
    write_rows(good, [row()])
    (bad.path / "rows.json").write_text("{")
    assert own_rows() == [TableRow(row(), good.id)]


def test_the_leaderboard_compares_one_setting_only_best_first_without_what_is_not_measured() -> None:
    same = [row("vanilla", 60.0), row("gan", 3.0), row("ot", None), row("vae", 5.0)]
    other = [
        row("ot", 0.1, t_star=50),
        row("gan", 0.2, n=10),
        row("real", 0.0, t_star=None),
        row("gan", 0.3, precision="bf16"),
    ]
    assert [item.row.key for item in leaderboard(shipped(*other, *same))] == ["gan", "vae", "vanilla"]
    assert leaderboard(shipped(row(fd=None))) == []


def test_the_time_of_a_network_call_is_the_users_own_where_there_is_one() -> None:
    slow, fast = row(seconds_chain=5.0), row(seconds_chain=0.2)
    older, newer = row(created="2025-01-01T00:00:00Z", seconds_chain=1.0), row(seconds_chain=0.4, nfe=4)
    assert nfe_time([]) is None
    assert nfe_time(shipped(row(nfe=None, seconds_chain=None))) is None
    of_table = nfe_time(shipped(slow, fast, fast))
    assert of_table is not None and (of_table.seconds, of_table.source) == (pytest.approx(0.02), SHIPPED)
    own = nfe_time([TableRow(older, "a"), TableRow(newer, "b"), *shipped(slow)])
    assert own is not None and (own.seconds, own.source, own.device) == (pytest.approx(0.1), "b", "cpu")
