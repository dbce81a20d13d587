"""Which nodes can be done now, against a walk of the whole plan."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tdot_core.services.sweep.frontier import Frontier
from tdot_core.services.sweep.graph import Node


def plan(needs: list[list[int]]) -> dict[str, Node]:
    return {
        str(k): Node("draw", str(k), tuple(str(n) for n in sorted(set(of)) if n < k), str(k), None)
        for k, of in enumerate(needs)
    }


plans = st.lists(st.lists(st.integers(0, 30), max_size=4), min_size=1, max_size=30).map(plan)


@given(plans, st.integers(0, 2**32), st.integers(0, 30))
def test_every_node_is_handed_out_once_after_its_needs_and_failures_fail_what_needs_them(
    nodes: dict[str, Node], seed: int, bad: int
) -> None:
    frontier, done, flying, choose = Frontier(nodes), list[str](), list[str](), random.Random(seed)
    while frontier.left:
        while (key := frontier.take()) is not None:
            assert set(nodes[key].needs) <= set(done) and key not in done
            flying.append(key)
        key = flying.pop(choose.randrange(len(flying)))
        choice = choose.random()
        if choice < 0.2:
            frontier.put_back(key)
        elif key == str(bad):
            frontier.fail(key, "no room")
        else:
            frontier.finish(key)
            done.append(key)
    broken = {str(bad)} & set(nodes)
    for key, node in nodes.items():
        broken |= {key} if broken & set(node.needs) else set()
    assert set(frontier.failed) == broken and sorted(done) == sorted(set(nodes) - broken)
    assert all(why == "no room" for key, why in frontier.failed.items() if key == str(bad))


@given(plans)
def test_what_is_done_already_is_not_handed_out_and_the_plans_order_is_kept(nodes: dict[str, Node]) -> None:
    there = [key for key in nodes if int(key) % 3 == 0]
    frontier, seen = Frontier(nodes, there), list[str]()
    while (key := frontier.take()) is not None:
        seen.append(key)
        frontier.finish(key)
    assert seen == [key for key in nodes if key not in there]
