"""Votes between two images of one seed, a line of JSON each."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt

from tdot_core.errors import TdotError
from tdot_core.maths.bradley_terry import bradley_terry
from tdot_core.services.storage.files import append_line
from tdot_core.services.storage.paths import cache_root

CHOICES = ("a", "b", "tie")
SPREAD = 2.0
"""Of the prior on strengths, in log-odds: one that never won among a few votes is weak, and not infinitely so."""


@dataclass(frozen=True)
class Vote:
    """One choice. a, b: what was shown, as "prior t=200 ddim 10 uniform denoiser"; seed: of both images; choice: of CHOICES."""

    a: str
    b: str
    seed: int
    choice: str
    created: str = ""


@dataclass(frozen=True)
class Standing:
    """Where one contestant stands. chance, low, high: of being preferred to an average one of them, with a 95 % interval."""

    name: str
    votes: int
    chance: float
    low: float
    high: float


def votes_path() -> Path:
    """Return the file that holds the votes."""
    return cache_root() / "votes.jsonl"


def cast(vote: Vote) -> None:
    """Keep a vote with the present time. Raises TdotError for an unknown choice or a disk that takes nothing."""
    if vote.choice not in CHOICES:
        raise TdotError(f"A vote is one of {', '.join(CHOICES)}, found {vote.choice!r}.")
    line = asdict(vote) | {"created": datetime.now(UTC).isoformat(timespec="seconds")}
    try:
        votes_path().parent.mkdir(parents=True, exist_ok=True)
        append_line(votes_path(), json.dumps(line, sort_keys=True))
    except OSError as error:
        raise TdotError(
            f"The vote could not be kept ({error.strerror}). Free space, or point TDOT_CACHE elsewhere."
        ) from error


def cast_votes() -> list[Vote]:
    """Return all votes in their order; a line that is no vote is passed over."""
    try:
        lines = votes_path().read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    return [vote for line in lines if (vote := _read(line)) is not None]


def _read(line: str) -> Vote | None:
    try:
        vote = Vote(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    texts = all(isinstance(getattr(vote, name), str) for name in ("a", "b", "choice", "created"))
    return vote if texts and isinstance(vote.seed, int) and vote.choice in CHOICES and vote.a != vote.b else None


def standings(votes: Sequence[Vote], names: Sequence[str]) -> list[Standing]:
    """Return how the named contestants stand among each other, best first; votes with any other are not counted."""
    wins = _wins(votes, names)
    found, counts = bradley_terry(wins, SPREAD), wins.sum(0) + wins.sum(1)
    rows = [
        Standing(
            name, round(float(counts[k])), *(_chance(values[k]) for values in (found.score, found.low, found.high))
        )
        for k, name in enumerate(names)
    ]
    return sorted(rows, key=lambda row: -row.chance)


def _chance(score: np.float64) -> float:
    return float(1 / (1 + np.exp(-score)))


def _wins(votes: Sequence[Vote], names: Sequence[str]) -> npt.NDArray[np.float64]:
    places, wins = {name: k for k, name in enumerate(names)}, np.zeros((len(names), len(names)))
    for vote in votes:
        if vote.a in places and vote.b in places:
            a, b = places[vote.a], places[vote.b]
            share = {"a": 1.0, "b": 0.0, "tie": 0.5}[vote.choice]
            wins[a, b] += share
            wins[b, a] += 1 - share
    return wins


def votes_csv(votes: Sequence[Vote]) -> str:
    """Return the votes as CSV with a heading."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(Vote)])
    writer.writeheader()
    writer.writerows(asdict(vote) for vote in votes)
    return text.getvalue()
