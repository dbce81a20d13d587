"""Votes are kept, read back past damage, counted and exported."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.votes.ballots import Vote, cast, cast_votes, standings, votes_csv, votes_path


def test_votes_come_back_in_their_order_with_a_time(cache: Path) -> None:
    assert cast_votes() == []
    for seed, choice in enumerate(("a", "b", "tie")):
        cast(Vote("gan t=10", "ot t=10", seed, choice))
    found = cast_votes()
    assert [(vote.seed, vote.choice) for vote in found] == [(0, "a"), (1, "b"), (2, "tie")]
    assert all(vote.created.endswith("+00:00") for vote in found)


def test_a_damaged_line_is_passed_over(cache: Path) -> None:
    cast(Vote("x", "y", 1, "a"))
    with votes_path().open("a") as file:
        file.write('{"a": "x", "b": 3, "seed": 1, "choice": "a"}\nnonsense\n{"a": "x"}\n[1]\n{"a": "x", "b')
    cast(Vote("x", "y", 2, "b"))
    assert [vote.seed for vote in cast_votes()] == [1, 2]


def test_an_unknown_choice_is_refused(cache: Path) -> None:
    with pytest.raises(TdotError, match="a, b, tie"):
        cast(Vote("x", "y", 1, "both"))
    assert not votes_path().exists()


def test_standings_count_those_named_and_a_tie_as_half_each() -> None:
    votes = [Vote("x", "y", k, choice) for k, choice in enumerate("aaaab")] + [
        Vote("x", "z", 9, "a"),
        Vote("y", "x", 10, "tie"),
    ]
    first, second = standings(votes, ["x", "y"])
    assert (first.name, first.votes, second.votes) == ("x", 6, 6)
    assert first.low < first.chance < first.high and first.chance + second.chance == pytest.approx(1)
    even = standings([Vote("x", "y", 0, "tie")], ["x", "y"])
    assert [row.chance for row in even] == [0.5, 0.5]


def test_the_export_holds_every_vote() -> None:
    votes = [Vote("x, or so", "y", 3, "a", "2026-01-01"), Vote("x, or so", "y", 4, "tie", "2026-01-02")]
    rows = list(csv.DictReader(io.StringIO(votes_csv(votes))))
    assert [(row["a"], row["seed"], row["choice"]) for row in rows] == [
        ("x, or so", "3", "a"),
        ("x, or so", "4", "tie"),
    ]
