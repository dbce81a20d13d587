"""What does the nodes of a sweep: this process, or the workers of a cluster. A new file here is a new `--launcher`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from tdot_core.progress import Progress
from tdot_core.registry import Registry
from tdot_core.services.sweep.graph import Node

Show = Callable[[Progress], None]
WAIT_SECONDS = 1.0


@dataclass
class Outcome:
    """What a run of a sweep came to, as keys of nodes. stopped: whether it was asked to end before it was done."""

    done: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    stopped: bool = False


class Launcher(ABC):
    """Do the nodes of a plan. key: what `--launcher` takes; rank: place in lists.

    address: where it is reached, "" for its own choice; hardware: the kind of processor that the plan is made for; threads: what
    one training or row computes on.
    """

    key: ClassVar[str]
    summary: ClassVar[str]
    rank: ClassVar[int] = 100

    def __init__(self, address: str, hardware: str, threads: int) -> None:
        self.address, self.hardware, self.threads = address, hardware, threads

    @property
    def device(self) -> str:
        """Return the device of all nodes: "cpu", "cuda" or "mps"."""
        return self.hardware.split()[0]

    @abstractmethod
    def open(self) -> None:
        """Reach what will do the work; raises TdotError, with nothing started, when that cannot be."""

    @abstractmethod
    def run(self, nodes: Mapping[str, Node], stop: Path, show: Show) -> Outcome:
        """Do every node that has no record, after those it needs, until all is done or the file `stop` appears.

        A node that fails is noted with its reason and fails only what needs it; its turn comes again at the next run.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of what `open` reached; may be called twice."""


launchers: Registry[Launcher] = Registry(__name__, Launcher, "launcher")  # type: ignore[type-abstract]
