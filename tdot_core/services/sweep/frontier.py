"""Which nodes of a plan can be done now. Pure: launchers drive it, and so does the simulation of one."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from tdot_core.services.sweep.graph import Node


class Frontier:
    """Hand out the nodes whose needs are done, in the order of the plan, so that rows are finished early.

    nodes: the plan; done: keys that are done already. failed: why each failed node failed, with those that needed it.
    """

    def __init__(self, nodes: Mapping[str, Node], done: Iterable[str] = ()) -> None:
        self._order = {key: place for place, key in enumerate(nodes)}
        self._keys = list(nodes)
        done = set(done)
        self.left = {key for key in nodes if key not in done}
        self.failed: dict[str, str] = {}
        self._open = {key: sum(need in self.left for need in nodes[key].needs) for key in self.left}
        self._users: dict[str, list[str]] = {}
        for key in self._keys:
            for need in nodes[key].needs if key in self.left else ():
                self._users.setdefault(need, []).append(key)
        self._ready = [self._order[key] for key in self.left if not self._open[key]]
        heapq.heapify(self._ready)

    def take(self) -> str | None:
        """Return the next node that can be done, or None when there is none now."""
        return self._keys[heapq.heappop(self._ready)] if self._ready else None

    def put_back(self, key: str) -> None:
        """Take a node back that was not done: another process is at it."""
        heapq.heappush(self._ready, self._order[key])

    def finish(self, key: str) -> None:
        """Note that a node is done; what waited for it alone can be taken now."""
        self.left.discard(key)
        for user in self._users.get(key, ()):
            self._open[user] -= 1
            if not self._open[user] and user in self.left:
                self.put_back(user)

    def fail(self, key: str, why: str) -> None:
        """Note that a node failed, and so did all that need it."""
        waiting = [(key, why)]
        while waiting:
            broken, reason = waiting.pop()
            if broken in self.failed:
                continue
            self.failed[broken] = reason
            self.left.discard(broken)
            why_not = reason if broken != key else f"Not begun: what it needs failed ({why[:200]})"
            waiting += [(user, why_not) for user in self._users.get(broken, ())]
