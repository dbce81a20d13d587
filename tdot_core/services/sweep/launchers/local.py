"""This process, one node after another. Any number of such processes share a sweep."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.compute.hardware_here import hardware_here
from tdot_core.services.sweep.attempt import DONE, FAILED, HELD, STOPPED, Do, attempt
from tdot_core.services.sweep.frontier import Frontier
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.launchers import WAIT_SECONDS, Launcher, Outcome, Show
from tdot_core.services.sweep.nodes import readable


class Local(Launcher):
    """Do the nodes here, with nothing to install."""

    key = "local"
    summary = "this process; start several to share a sweep"
    rank = 0

    def open(self) -> None:
        """Check that no address was given, and that the plan is for this kind of machine."""
        if self.address:
            raise TdotError("--address belongs to --launcher ray; the local launcher works in this process.")
        here = hardware_here(self.device)
        if self.hardware != here:
            raise TdotError(
                f"This sweep is for hardware {self.hardware!r}, and this is {here!r}: its float results would differ."
            )

    def run(self, nodes: Mapping[str, Node], stop: Path, show: Show) -> Outcome:
        """Do the nodes one after another."""
        from tdot_core.services.sweep.work import do_node

        return run_nodes(nodes, lambda node: do_node(node, self.device, self.threads), stop, show)

    def close(self) -> None:
        """Hold nothing."""


def run_nodes(nodes: Mapping[str, Node], do: Do, stop: Path, show: Show) -> Outcome:
    """Do every node that has no record by do(node), as `Launcher.run` says; what another process holds is waited for."""
    frontier, outcome, held = Frontier(nodes, readable(nodes)), Outcome(), list[str]()
    while frontier.left and not stop.exists():
        key = frontier.take()
        if key is None:
            time.sleep(WAIT_SECONDS)
            held = _back(frontier, held)
            continue
        show(Progress(len(nodes) - len(frontier.left), len(nodes), {}, nodes[key].title))
        state, why = attempt(nodes[key], do)
        if state == STOPPED:
            outcome.stopped = True
            break
        if state == HELD:
            held.append(key)
        elif state == FAILED:
            frontier.fail(key, why)
        else:
            frontier.finish(key)
            outcome.done += [key] if state == DONE else []
            held = _back(frontier, held)
    outcome.failed, outcome.stopped = frontier.failed, outcome.stopped or stop.exists()
    outcome.waiting = [key for key in nodes if key in frontier.left]
    return outcome


def _back(frontier: Frontier, held: list[str]) -> list[str]:
    for key in held:
        frontier.put_back(key)
    return []
