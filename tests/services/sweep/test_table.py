"""The table of a sweep: pandas reads back what was measured, with where and by what; two machines' tables become one."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tdot_core.errors import TdotError
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.nodes import keep_record
from tdot_core.services.sweep.provenance import PACKAGES, provenance
from tdot_core.services.sweep.table import merged, table_of, write_table

ROWS = [item.row for item in shipped_rows()][:4]


def machine(folder: Path, keys: list[int], host: str, patch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Record the rows with these numbers as a machine would, and return its table, read back from the file."""
    patch.setenv("TDOT_CACHE", str(folder))
    nodes = {f"node{k}": Node("row", f"node{k}", (), "a row", None) for k in [*keys, 99]}
    for k in keys:
        facts = {"seconds": 2.5, "hardware": "cpu AVX2", "threads": 2, **provenance(), "host": host}
        keep_record(f"node{k}", {"kind": "row", "rows": [ROWS[k].to_json()], **facts})
    path = folder / "rows.parquet"
    write_table(table_of(nodes), path)
    return pd.read_parquet(path)


def test_every_row_comes_back_with_its_provenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine(tmp_path, [0, 1, 2], "one", monkeypatch)
    assert list(found["node"]) == ["node0", "node1", "node2"] and found["id"].is_unique
    for k, row in enumerate(ROWS[:3]):
        line = found.iloc[k]
        assert (line["t_star"], line["sampler"], line["seed"]) == (row.t_star, row.sampler, row.seed)
        for key, value in row.metrics.items():
            assert line[key] == value.value and list(line[f"{key}_values"]) == list(value.values)
    assert set(found["host"]) == {"one"} and set(found["hardware"]) == {"cpu AVX2"} and set(found["seconds"]) == {2.5}
    assert all(found[name].notna().all() for name in ("code_version", "python", "finished", *PACKAGES))


def test_tables_of_two_machines_become_one_without_clashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = machine(tmp_path / "one", [0, 1], "one", monkeypatch)
    machine(tmp_path / "two", [1, 2, 3], "two", monkeypatch)
    both = merged(one, [tmp_path / "two" / "rows.parquet"])
    assert list(both["node"]) == ["node0", "node1", "node2", "node3"]
    assert list(both["host"]) == ["one", "one", "two", "two"]
    write_table(both, tmp_path / "both.parquet")
    pd.testing.assert_frame_equal(merged(both, [tmp_path / "both.parquet"]), both)


def test_what_is_no_table_of_a_sweep_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = machine(tmp_path, [0], "one", monkeypatch)
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    (tmp_path / "text.parquet").write_text("no parquet")
    for name in ("other.parquet", "text.parquet", "missing.parquet"):
        with pytest.raises(TdotError, match=name):
            merged(one, [tmp_path / name])
    with pytest.raises(TdotError, match="no finished row"):
        table_of({})
