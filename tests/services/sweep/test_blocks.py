"""Sets drawn in blocks, whichever processor they are for; that their bytes are the same however divided: tests/faults/shards.py."""

from __future__ import annotations

import pytest

from tdot_core.services.sweep.cells import Cell, cells_of
from tdot_core.services.sweep.document import checked
from tdot_core.services.sweep.graph import blocks_of, build_graph

N, FIRST = 112, 5


def cell(**values: object) -> Cell:
    block = {"prior": ["vanilla"], "dataset": "digits", "t_star": [2], "steps": [1], "n": N, "seed": [FIRST], **values}
    return cells_of(checked({"block": [block]}, "s"))[0]


@pytest.mark.parametrize(
    ("n", "block", "sizes"),
    [(5000, 5000, [5000]), (5000, 2512, [2512, 2488]), (5000, 720, [720] * 6 + [680]), (16, 1024, [16])],
)
def test_blocks_are_whole_chunks_that_follow_each_other(n: int, block: int, sizes: list[int]) -> None:
    works = blocks_of(cell(n=n, sets=2), 1, block)
    assert [work.n for work in works] == sizes
    assert [seed for work in works for seed in range(work.first, work.first + work.n)] == list(
        range(FIRST + n, FIRST + 2 * n)
    )


def test_a_larger_set_reuses_the_whole_blocks_of_a_smaller_one_and_rows_do_not_know_the_division() -> None:
    small, large = (build_graph([cell(n=n)], {}) for n in (2048, 5000))
    draws = [{key for key, node in nodes.items() if node.kind == "draw"} for nodes in (small, large)]
    assert len(draws[0]) == 2 and draws[0] < draws[1]
    rows = {
        next(key for key, node in build_graph([cell(n=5000)], {}, block).items() if node.kind == "row")
        for block in (5008, 720)
    }
    assert len(rows) == 1


def test_every_node_is_of_one_kind_of_processor() -> None:
    cells = cells_of(checked({"block": [{"train": [{"prior": "ot"}]}]}, "s"))
    a, b = (set(build_graph(cells, {"hardware": name})) for name in ("cpu AVX2", "cpu AVX512"))
    assert not a & b


def test_a_prior_made_of_data_is_another_for_another_data_set() -> None:
    cells = cells_of(checked({"block": [{"prior": "oracle", "dataset": ["a", "b"], "n": 16}]}, "s"))
    ids = {"prior:oracle of a": "oracle 1", "prior:oracle of b": "oracle 2"}
    assert sum(node.kind == "draw" for node in build_graph(cells, ids).values()) == 2
