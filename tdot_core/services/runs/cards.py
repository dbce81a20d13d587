"""What people write about a run: tags, a note, and the name it goes by."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import cache_root
from tdot_core.services.storage.readonly import refuse_when_read_only

CARD = "card.json"
LARGEST = 2**16
"""Bytes of a card; a larger one, which may come from elsewhere, is not read."""
LONGEST_NAME, LONGEST_TAG, LONGEST_NOTE, MOST_TAGS = 40, 24, 2000, 12


@dataclass(frozen=True)
class RunCard:
    """Hold the tags of a run, lower case and sorted, and a note on it."""

    tags: tuple[str, ...] = ()
    note: str = ""


def card_path(run: Run) -> Path:
    """Return where a run's card lies: with an own run, which takes it along; beside the cache's runs for one that ships."""
    return cache_root() / "cards" / f"{run.id}.json" if run.shipped else run.path / CARD


def read_card(run: Run) -> RunCard:
    """Return the card of a run, empty where none was written or it is damaged."""
    with contextlib.suppress(TdotError, OSError, KeyError, TypeError, ValueError):
        if card_path(run).stat().st_size > LARGEST:
            return RunCard()
        found = read_json(card_path(run))
        return RunCard(clean_tags(str(tag) for tag in found["tags"]), str(found["note"])[:LONGEST_NOTE])
    return RunCard()


def write_card(run: Run, card: RunCard) -> None:
    """Keep the card of a run. Raises TdotError when TDOT is read-only, a tag or the note is too long, or the disk takes nothing."""
    refuse_when_read_only()
    tags = clean_tags(card.tags)
    if len(tags) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in tags):
        raise TdotError(
            f"A run takes at most {MOST_TAGS} tags of up to {LONGEST_TAG} characters each; use fewer or shorter ones."
        )
    if len(card.note) > LONGEST_NOTE:
        raise TdotError(f"A note has at most {LONGEST_NOTE:,} characters; found {len(card.note):,}.")
    path = card_path(run)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(RunCard(tags, card.note)))
    except OSError as error:
        raise TdotError(
            f"The note on {run.id} could not be kept: {error.strerror}. Free space or set TDOT_CACHE."
        ) from error


def rename_run(run: Run, name: str) -> Run:
    """Give an own run another name for people and return it; an empty one takes the name away. Its id and results stay.

    Raises TdotError for shipped runs, for a name of more than 40 characters, and when TDOT is read-only.
    """
    refuse_when_read_only()
    name = " ".join(name.split())
    if run.shipped:
        raise TdotError(f"{run.id} ships with TDOT and keeps its name; duplicate it to have one of your own.")
    if len(name) > LONGEST_NAME:
        raise TdotError(f"A name has at most {LONGEST_NAME} characters; found {len(name)}.")
    try:
        write_json(run.path / "spec.json", {**read_json(run.path / "spec.json"), "label": name})
    except OSError as error:
        raise TdotError(
            f"The name of {run.id} could not be kept: {error.strerror}. Free space or set TDOT_CACHE."
        ) from error
    return find_run(run.id)


def clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags lower case, without commas and spaces around them, each once, sorted."""
    return tuple(
        sorted({part for tag in tags for part in (" ".join(p.lower().split()) for p in tag.split(",")) if part})
    )
