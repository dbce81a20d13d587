"""The runs as a library: which of them match a search, and in which order they stand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.runs.cards import RunCard, read_card
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run

ORDERS = {
    "kind": "Kind, priors first", "newest": "Newest first", "name": "Name", "size": "Largest first", "state": "At work first",
}  # fmt: skip
"""The orders by key, with their names for people."""


@dataclass(frozen=True)
class LibraryEntry:
    """One run with what the library knows about it. name: for people; size: bytes on disk, checkpoints included."""

    run: Run
    name: str
    status: RunStatus
    card: RunCard
    size: int


def entry_of(run: Run) -> LibraryEntry:
    """Read what the library shows of a run."""
    labels = {info.key: info.label for info in prior_catalogue()}
    name = str(run.spec.get("label") or labels.get(run.kind, run.kind))
    return LibraryEntry(run, name, run.status(), read_card(run), run_bytes(run))


def run_bytes(run: Run) -> int:
    """Return the bytes of a run's files; those that vanish meanwhile do not count."""
    total = 0
    for path in run.path.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return total


def matches(entry: LibraryEntry, words: str, tags: Collection[str] = ()) -> bool:
    """Tell whether every word stands in a run's name, kind, id, settings, data set, state, tags or note, and it has all tags."""
    run, data = entry.run, entry.run.spec.get("dataset")
    named = data.get("name", "") if isinstance(data, dict) else data
    settings = (f"{name}={value}" for name, value in run.config.items())
    text = " ".join(
        [
            entry.name,
            run.kind,
            run.id,
            str(named),
            "shipped" if run.shipped else entry.status.state,
            *entry.card.tags,
            entry.card.note,
            *settings,
        ]
    ).lower()
    return all(word in text for word in words.lower().split()) and set(tags) <= set(entry.card.tags)


def in_order(entries: Sequence[LibraryEntry], order: str) -> list[LibraryEntry]:
    """Return entries in one of ORDERS; equal ones keep the catalogue's order: priors by kind, then networks, own runs first.

    Raises KeyError for an unknown order.
    """
    kinds = [info.key for info in prior_catalogue()]

    def place(entry: LibraryEntry) -> tuple[int, str, bool, bool]:
        known = entry.run.kind in kinds
        where = kinds.index(entry.run.kind) if known else len(kinds)
        return where, entry.run.kind, entry.run.shipped, not entry.run.spec.get("preferred")

    found = sorted(entries, key=place)
    if order == "newest":
        return sorted(found, key=lambda entry: str(entry.run.spec.get("created", "")), reverse=True)
    keys = {
        "kind": lambda entry: 0,
        "name": lambda entry: entry.name.lower(),
        "size": lambda entry: -entry.size,
        "state": lambda entry: not entry.status.active,
    }
    return sorted(found, key=keys[order])
