"""Rows on disk: exact round trip, damage said in a sentence, and no torch."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow, read_rows, rows_path, write_rows
from tdot_core.services.runs.store import Run, create_run

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(cache: Path) -> Run:
    return create_run("evaluation", {})


def test_rows_come_back_equal(run: Run, row: EvaluationRow) -> None:
    floor = dataclasses.replace(row, prior="real", t_star=None, eta=None, nfe=None, seconds_chain=None, note="a\nb ±")
    assert read_rows(run) == []
    write_rows(run, [row, floor])
    assert read_rows(run) == [row, floor]
    document = json.loads(rows_path(run).read_text())["rows"][0]
    assert document["metrics"]["fd"] == {
        "name": "FID-64",
        "value": 2.914,
        "spread": 0.041,
        "n": 2000,
        "n_real": 50_000,
        "sets": 3,
        "note": "",
        "values": [],
        "replicates": [],
    }


def test_the_size_of_all_images_that_are_drawn_goes_without_saying(run: Run, row: EvaluationRow) -> None:
    large = dataclasses.replace(row, size="64x48")
    write_rows(run, [row, large])
    documents = json.loads(rows_path(run).read_text())["rows"]
    assert "size" not in documents[0] and documents[1]["size"] == "64x48"
    assert read_rows(run) == [row, large] and row.size == "32x32"
    clean = dataclasses.replace(row, resize="clean")
    write_rows(run, [row, clean])
    documents = json.loads(rows_path(run).read_text())["rows"]
    assert row.resize == "torch-fidelity" and "resize" not in documents[0] and documents[1]["resize"] == "clean"
    assert read_rows(run) == [row, clean] and row.space != clean.space


def test_the_distance_has_its_right_name(row: EvaluationRow) -> None:
    assert row.title("fd") == "FID-64" and row.title("recall_dist") == "RecallDist"
    assert dataclasses.replace(row, extractor="cifar-cnn", layer="penultimate").title("fd") == "FD-cnn"
    assert row.title("a-metric-of-tomorrow") == "a-metric-of-tomorrow"


@pytest.mark.parametrize(
    ("field", "value"),
    [("t_star", "ten"), ("n", True), ("n", None), ("label", 3), ("clip_x0", "yes"), ("metrics", []), ("metrics", {"fd": {}}),
     ("metrics", {"fd": {"value": "x"}}), ("metrics", {"fd": 3}), ("start", {"bures": {}}), ("may_copy", 1)],
)  # fmt: skip
def test_damage_is_a_sentence(run: Run, row: EvaluationRow, field: str, value: Any) -> None:
    rows_path(run).write_text(json.dumps({"rows": [row.to_json() | {field: value}]}))
    with pytest.raises(TdotError, match="damaged"):
        read_rows(run)


def test_rows_of_before_sets_were_kept_can_be_read(run: Run, row: EvaluationRow) -> None:
    old = row.to_json()
    for name in ("start", "may_copy", "copies"):
        del old[name]
    for value in old["metrics"].values():
        del value["values"], value["replicates"]
    rows_path(run).write_text(json.dumps({"rows": [old]}))
    assert read_rows(run) == [row]


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"rows": 3}', '{"rows": [3]}', '{"rows": [{}]}'])
def test_a_file_of_something_else_is_a_sentence(run: Run, text: str) -> None:
    rows_path(run).write_text(text)
    with pytest.raises(TdotError):
        read_rows(run)


def test_not_a_number_is_never_written(run: Run, row: EvaluationRow) -> None:
    write_rows(run, [row])
    with pytest.raises(ValueError, match="JSON"):
        write_rows(run, [dataclasses.replace(row, metrics={"fd": MetricValue(float("nan"))})])
    assert read_rows(run) == [row]


def test_only_evaluations_have_rows(cache: Path) -> None:
    with pytest.raises(TdotError, match="is a ot run; expected an evaluation"):
        read_rows(create_run("ot", {}))


def test_reading_and_exporting_rows_loads_no_torch(run: Run, row: EvaluationRow) -> None:
    write_rows(run, [row])
    code = f"""
import sys
from tdot_core.services.results.export import export_rows
from tdot_core.services.results.rows import metric_title, read_rows
from tdot_core.services.runs.store import find_run
rows = read_rows(find_run({run.id!r}))
assert [export_rows(rows, kind) for kind in ("csv", "markdown", "latex", "bibtex")] and metric_title("fd", "inception", "64") == "FID-64"
print("torch" in sys.modules)
"""
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert (answer.stdout, answer.stderr) == ("False\n", "")
