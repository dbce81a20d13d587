"""The benchmark table: what ships, what the user's runs add, who leads, and the time of a network call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.results.benchmark import (
    SHIPPED,
    TableRow,
    nfe_time,
    own_rows,
    shipped_rows,
    table_path,
)
from tdot_core.services.results.rows import EvaluationRow, write_rows
from tdot_core.services.runs.store import create_run
from tests.evaluation_rows import row


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


def test_the_time_of_a_network_call_is_the_users_own_where_there_is_one() -> None:
    slow, fast = row(seconds_chain=5.0), row(seconds_chain=0.2)
    older, newer = row(created="2025-01-01T00:00:00Z", seconds_chain=1.0), row(seconds_chain=0.4, nfe=4)
    assert nfe_time([]) is None
    assert nfe_time(shipped(row(nfe=None, seconds_chain=None))) is None
    of_table = nfe_time(shipped(slow, fast, fast))
    assert of_table is not None and (of_table.seconds, of_table.source) == (pytest.approx(0.02), SHIPPED)
    own = nfe_time([TableRow(older, "a"), TableRow(newer, "b"), *shipped(slow)])
    assert own is not None and (own.seconds, own.source, own.device) == (pytest.approx(0.1), "b", "cpu")
