"""`bench` from the outside."""

from __future__ import annotations

import json

import pytest

from tdot_core.__main__ import main
from tdot_core.bench import bench_groups, sliced
from tdot_core.bench.result import BenchResult


def test_json_is_a_list_of_results(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sliced, "REPEATS", 1)
    assert main(["bench", "--only", "sliced", "--json"]) == 0
    out, err = capsys.readouterr()
    results = json.loads(out)
    assert len(results) == 3 and all(list(r) == ["group", "name", "value", "unit", "bar", "holds"] for r in results)
    assert {r["group"] for r in results} == {"sliced"} and results[1]["holds"] is True
    assert "bench sliced" in err


def test_text_says_what_holds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    made = [
        BenchResult("g", "fast", 1.23456, "s", "<", 2.0),
        BenchResult("g", "slow", 3.0, "s", "<", 2.0),
        BenchResult("g", "absent", None, "s", "<", 2.0),
    ]
    for group in bench_groups().values():
        monkeypatch.setattr(group, "run", list)
    monkeypatch.setattr(bench_groups()["app"], "run", lambda: made)
    assert main(["bench"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["holds", "DOES NOT HOLD", "not measured"]
    assert "1.235" in lines[0] and lines[2].endswith("g: absent") and " - s" in lines[2]


def test_an_unknown_group_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "nonsense", "--json"]) == 2
    out, err = capsys.readouterr()
    assert (
        out == ""
        and err.startswith("error: Unknown bench group 'nonsense'. Known: app,")
        and len(err.splitlines()) == 1
    )
