"""Sweeps that a screen knows: their files, what of them is at work, starting one and asking it to stop."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.services.sweep.document import read_sweep
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.kept import (
    at_work,
    is_started,
    keep_sweep,
    kept_file,
    kept_sweeps,
    live_state,
    log_tail,
    start_sweep,
    stop_sweep,
    sweep_folder,
)
from tdot_core.services.sweep.nodes import keep_failure, keep_record, nodes_folder
from ui.benchmark.sweep_form import sweep_toml

TEXT = 'name = "mine"\n[[block]]\nprior = ["vanilla"]\ndataset = "digits"\n'


def until(found: Callable[[], bool], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_sweeps_are_kept_by_name_newest_first_and_replaced(cache: Path) -> None:
    assert kept_sweeps() == []
    assert keep_sweep(TEXT) == "mine" and keep_sweep(TEXT.replace("mine", "other")) == "other"
    os.utime(kept_file("mine"), (1, 1))
    assert kept_sweeps() == ["other", "mine"]
    keep_sweep(TEXT + "n = 20\n")
    assert read_sweep(kept_file("mine")).blocks[0].single["n"] == 20


@pytest.mark.parametrize("name", ["../mine", "", "a/b", ".hidden", "x" * 65, "a b"])
def test_a_name_that_is_no_file_name_is_refused(name: str, cache: Path) -> None:
    with pytest.raises(TdotError, match="name"):
        keep_sweep(f"name = {name!r}\n[[block]]\nprior = ['vanilla']\n")
    with pytest.raises(TdotError, match="no sweep"):
        kept_file(name)


def test_what_is_no_sweep_is_refused_and_nothing_is_kept(cache: Path) -> None:
    for text in ("[[block", "name = 3", TEXT + "t_star = 'ten'"):
        with pytest.raises(TdotError):
            keep_sweep(text)
    assert kept_sweeps() == []


def test_nodes_at_work_are_those_whose_claim_is_fresh(cache: Path) -> None:
    nodes = {
        key: Node(kind, key, (), key, None) for key, kind in (("a", "draw"), ("b", "draw"), ("c", "draw"), ("d", "row"))
    }
    keep_record("a", {"seconds": 2.0})
    keep_failure("d", "broken")
    for key in ("b", "c", "foreign"):
        (nodes_folder() / f"{key}.claim").touch()
    os.utime(nodes_folder() / "c.claim", (1, 1))
    assert at_work(nodes) == {"b"}
    draws, rows = (live_state(nodes)["kinds"][kind] for kind in ("draw", "row"))
    assert [draws[name] for name in ("all", "done", "running", "waiting", "failed")] == [3, 1, 1, 1, 0]
    assert [rows[name] for name in ("all", "done", "running", "waiting", "failed")] == [1, 0, 0, 0, 1]


def test_a_started_sweep_runs_in_a_process_whose_words_are_kept(cache: Path) -> None:
    keep_sweep(TEXT.replace('"vanilla"', '"no such prior"'))
    start_sweep("mine")
    until(lambda: "no such prior" in log_tail("mine") and not is_started("mine"))
    stop_sweep("mine")
    assert (sweep_folder() / "mine.stop").is_file()


def test_a_sweep_run_from_the_command_line_is_known(cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "there.toml"
    path.write_text(TEXT.replace('"vanilla"', '"no such prior"'))
    assert main(["sweep", "run", str(path)]) == 2 and kept_sweeps() == [], "nothing that cannot be planned"


def test_the_forms_file_says_what_was_chosen(tmp_path: Path) -> None:
    path = tmp_path / "form.toml"
    path.write_text(sweep_toml("a", prior=["vanilla", 'im"ported:é'], t_star=[10, 50], n=20, sets=2), encoding="utf-8")
    (block,) = read_sweep(path).blocks
    assert block.lists["prior"] == ["vanilla", 'im"ported:é'] and block.lists["t_star"] == [10, 50]
    assert (block.single["n"], block.single["sets"]) == (20, 2)
