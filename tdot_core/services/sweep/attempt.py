"""One node, once, by one of any number of processes: claimed, done, recorded."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.nodes import keep_failure, keep_record, node_claim, record_of
from tdot_core.services.sweep.provenance import provenance

DONE, THERE, HELD, FAILED, STOPPED = "done", "there", "held", "failed", "stopped"
Do = Callable[[Node], dict[str, Any]]


class StoppedError(TdotError):
    """Somebody stopped the work on a node, which goes on from there when it is tried again."""


def attempt(node: Node, do: Do) -> tuple[str, str]:
    """Do a node whose needs are done, unless it is; return what came of it and, where it failed, why.

    DONE now, THERE already, HELD by another process at work on it, STOPPED by somebody, or FAILED. do(node): returns the record, raising TdotError
    when it cannot be done. Raises OSError when the disk refuses the claim or the record.
    """
    with node_claim(node.key) as mine:
        if not mine:
            return HELD, ""
        if record_of(node.key) is not None:
            return THERE, ""
        begun = time.monotonic()
        try:
            record = do(node)
        except StoppedError as error:
            return STOPPED, str(error)
        except TdotError as error:
            keep_failure(node.key, str(error))
            return FAILED, str(error)
        facts = {"kind": node.kind, "title": node.title, "needs": list(node.needs), "seconds": time.monotonic() - begun}
        keep_record(node.key, {**facts, **provenance(), **record})
        return DONE, ""
