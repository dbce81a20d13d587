"""One column of the Sample screen, and what is known of it without loading a model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.priors import PriorChoice
from ui import cached
from ui.pickers.priors import below_sentence
from ui.sample.look import looked_at
from ui.sample.player import wanted
from ui.sample.request import SampleRequest
from ui.sample.shipped import shipped_draw
from ui.sample.store import Drawn, sample_store
from ui.sample.variants import Variant, variants

if TYPE_CHECKING:
    from tdot_core.services.sampling.generate import Order


@dataclass
class Column:
    """One column on screen: what it is, where its lines and pictures go, and what is known of it by now.

    asked: what its pictures go by in the store; problem: why there are none, or ""; order: what to draw, once loaded.
    """

    variant: Variant
    asked: str = ""
    problem: str = ""
    drawn: Drawn | None = None
    lines: Any = None
    body: Any = None
    order: Order | None = None

    @property
    def choice(self) -> PriorChoice:
        """Return its prior."""
        return self.variant.choice

    @property
    def request(self) -> SampleRequest:
        """Return what it draws."""
        return self.variant.request

    @property
    def id(self) -> str:
        """Return its name in the browser and in keys."""
        return self.variant.id.replace(":", "-")

    @property
    def label(self) -> str:
        """Return its heading."""
        return self.variant.label

    @property
    def missing(self) -> bool:
        """Return whether there is something left to draw."""
        return self.drawn is None and not self.problem


def look_up(request: SampleRequest, choices: Mapping[str, PriorChoice]) -> list[Column]:
    """Return the columns, with their images where they were drawn before, or why they cannot be; loads no model.

    What ships stands in for a drawing until somebody wants more than its results.
    """
    columns = [Column(variant) for variant in variants(request, choices)]
    for column in columns:
        try:
            column.problem = below_sentence(column.choice, column.request.t_star)
            column.asked = _asked(column)
        except TdotError as error:
            column.problem = column.problem or str(error)
        column.drawn = None if column.problem else sample_store().recall(column.asked)
    if not wanted(mark_of(columns)) and looked_at(request) < 0:
        for column in columns:
            column.drawn = shipped_draw(column.choice, column.request) if column.missing else column.drawn
    return columns


def _asked(column: Column) -> str:
    name, net = column.choice.name, column.request.net
    return f"{name} {cached.stamp(name)} {net} {cached.stamp(net)} {column.request.mark}"


def mark_of(columns: Iterable[Column]) -> str:
    """Return a short text that differs when the pictures of any column may differ."""
    return hashlib.sha256(repr([column.asked for column in columns]).encode()).hexdigest()[:12]
