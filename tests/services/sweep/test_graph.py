"""The plan: common work once, keys that follow what a node depends on."""

from __future__ import annotations

from typing import Any

from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.document import checked
from tdot_core.services.sweep.graph import build_graph, counts

IDS = {"dataset:cifar10": "d", "prior:ot": "o1", "net:denoiser": "n"}


def graph(*blocks: dict[str, Any], ids: dict[str, str] = IDS) -> dict[str, Any]:
    return build_graph(cells_of(checked({"block": [{"n": 1000, **block} for block in blocks]}, "s")), ids)


def kinds(nodes: dict[str, Any]) -> dict[str, int]:
    return {kind: facts["all"] for kind, facts in counts(nodes, []).items()}


def test_every_node_stands_after_those_it_needs() -> None:
    nodes = graph({"train": [{"prior": "ot", "seed": [0, 1]}], "t_star": [10, 50], "sets": 3})
    seen: set[str] = set()
    for key, node in nodes.items():
        assert key == node.key and set(node.needs) <= seen
        seen.add(key)
    assert kinds(nodes) == {"train": 2, "draw": 12, "features": 12, "row": 4}


def test_one_training_serves_many_starts_and_one_draw_many_metrics_and_extractors() -> None:
    nodes = graph(
        {"prior": "ot", "extractor": ["cifar-cnn", "inception"]}, {"prior": "ot", "metrics": ["fd", "recall_dist"]}
    )
    assert kinds(nodes) == {"train": 0, "draw": 1, "features": 2, "row": 3}


def test_a_wider_sweep_holds_the_nodes_of_the_narrow_one() -> None:
    narrow, wide = (
        graph({"prior": "ot", "t_star": [10]}),
        graph({"prior": "ot", "t_star": [10, 20], "sampler": ["ddim", "unipc"]}),
    )
    assert set(narrow) < set(wide)


def test_what_a_node_depends_on_changes_its_key_and_nothing_else_does() -> None:
    before = set(graph({"prior": "ot"}))
    assert set(graph({"prior": "ot"}, ids={**IDS, "net:wiener": "w"})) == before
    for changed in ({"prior:ot": "o2"}, {"net:denoiser": "n2"}):
        assert not set(graph({"prior": "ot"}, ids=IDS | changed)) & before
    # Another data set of that name changes what is measured, not what an existing prior draws.
    other = graph({"prior": "ot"}, ids=IDS | {"dataset:cifar10": "d2"})
    assert {node.kind for key, node in other.items() if key not in before} == {"row"}


def test_the_name_of_a_sweep_and_the_order_of_its_blocks_change_no_key() -> None:
    a, b = {"prior": "ot", "t_star": [10]}, {"prior": "ot", "t_star": [20]}
    assert set(graph(a, b)) == set(graph(b, a))
