"""From a sweep to its nodes."""

from __future__ import annotations

from tdot_core.errors import TdotError
from tdot_core.services.compute.hardware_here import hardware_here
from tdot_core.services.sweep.cells import BLOCK, Cell, cells_of
from tdot_core.services.sweep.document import SweepFile
from tdot_core.services.sweep.graph import Node, build_graph
from tdot_core.services.sweep.identities import identities_of

MOST_BLOCKS = 1_000_000


def planned(sweep: SweepFile) -> tuple[list[Cell], dict[str, Node]]:
    """Return the cells of a sweep and its nodes by key; raises TdotError for what does not exist or is too much."""
    cells = cells_of(sweep)
    check_size(sweep.name, cells)
    facts = {"threads": str(sweep.threads), "hardware": hardware_for(sweep)}
    return cells, build_graph(cells, identities_of(cells) | facts)


def hardware_for(sweep: SweepFile) -> str:
    """Return the kind of processor that the sweep is planned for: the file's, else that of its device on this machine.

    Raises TdotError for an unknown device or one that this machine lacks.
    """
    return sweep.hardware or hardware_here(sweep.device)


def check_size(name: str, cells: list[Cell]) -> None:
    """Raise TdotError for more than a million blocks of images."""
    blocks = sum(cell.sets * -(-cell.n // BLOCK) for cell in cells)
    if blocks > MOST_BLOCKS:
        raise TdotError(
            f"{name} draws {blocks:,} blocks of up to {BLOCK:,} images; at most {MOST_BLOCKS:,} are planned. Split it into several sweeps."
        )
