"""The result in a sentence, made from the table: the best start against the whole chain of as many calls, in two feature spaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tdot_core.services.results.contest import NOISE, is_contestant, is_whole_chain
from tdot_core.services.results.digits import pair_text, places_of
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.rows import EvaluationRow

QUALITY = "fd"
SHALLOW = ("inception", "64")
"""Sees colours and edges only; never the result by itself."""


@dataclass(frozen=True)
class Finding:
    """What one feature space says, all rows on as many images and of as many denoiser calls.

    best: each prior's best row, best first; chain: the best whole chain from noise; oracle: at the leader's t_star, None where
    it was not measured alike.
    """

    best: tuple[EvaluationRow, ...]
    chain: EvaluationRow
    oracle: EvaluationRow | None

    @property
    def title(self) -> str:
        """Return the name of the distance in this space, such as FD-cnn."""
        return self.chain.title(QUALITY)

    @property
    def leader(self) -> EvaluationRow:
        """Return the best row that competes."""
        return self.best[0]

    @property
    def beats_the_chain(self) -> bool:
        """Return whether the leader's distance is smaller than the whole chain's."""
        return distance(self.leader) < distance(self.chain)

    @property
    def places(self) -> int:
        """Return the decimals in which all of its distances are written."""
        return places_of([distance(row) for row in self.best], [row.metrics[QUALITY].spread for row in self.best])

    def text(self, row: EvaluationRow) -> str:
        """Return a row's distance with its error, in the decimals of all of them."""
        return pair_text(row.metrics[QUALITY].value, row.metrics[QUALITY].spread, self.places)


def distance(row: EvaluationRow) -> float:
    """Return a row's Fréchet distance, infinity when it is not measured or counts for nothing."""
    value = row.metrics.get(QUALITY)
    return float("inf") if value is None or value.value is None or row.no_judge else value.value


def findings(rows: Iterable[EvaluationRow]) -> list[Finding]:
    """Return one finding per extractor, of its deepest layer; of one extractor alone also its second deepest.

    A space counts when priors and a whole chain were measured there alike. The shallowest layer comes only where nothing else is.
    """
    spaces: dict[tuple[str, str, str], list[EvaluationRow]] = {}
    for row in rows:
        if row.t_star is not None and distance(row) < float("inf"):
            spaces.setdefault((row.dataset, row.extractor, row.layer), []).append(row)
    found = {space: finding for space, members in spaces.items() if (finding := _finding(members)) is not None}
    if not found:
        return []
    dataset = Counter(space[0] for space in found).most_common(1)[0][0]
    deep = sorted((space for space in found if space[0] == dataset), key=_depth, reverse=True)
    first = list({space[1]: space for space in reversed(deep)}.values())
    chosen = first if len(first) > 1 else deep[:2]
    return [found[space] for space in sorted(chosen, key=lambda space: space[1:] == SHALLOW)][:2]


def _depth(space: tuple[str, str, str]) -> int:
    return int(space[2]) if space[2].isdigit() else 0


def _finding(rows: Sequence[EvaluationRow]) -> Finding | None:
    """Compare at the number of images, and then at the calls, at which most priors meet a whole chain."""
    groups: dict[tuple[int, int, int | None], list[EvaluationRow]] = {}
    for row in rows:
        groups.setdefault((row.sets, row.n, row.nfe), []).append(row)
    whole = {key: [r for r in members if is_whole_chain(r)] for key, members in groups.items()}
    priors = {key: _best_of_each(members) for key, members in groups.items()}
    known = [key for key in groups if whole[key] and priors[key]]
    if not known:
        return None
    key = max(known, key=lambda key: (len(priors[key]), key[0] * key[1], -(key[2] or 0)))
    best = priors[key]
    oracles = [row for row in groups[key] if row.key == ORACLE and row.t_star == best[0].t_star]
    return Finding(tuple(best), min(whole[key], key=distance), min(oracles, key=distance, default=None))


def _best_of_each(rows: Iterable[EvaluationRow]) -> list[EvaluationRow]:
    best: dict[str, EvaluationRow] = {}
    for row in rows:
        if is_contestant(row) and row.key != NOISE:
            held = best.get(row.label)
            if held is None or distance(row) < distance(held):
                best[row.label] = row
    return sorted(best.values(), key=distance)


def sentence(found: Sequence[Finding]) -> str:
    """Return what the findings say in one or two sentences, "" for none. Says it when a leader does not beat the chain."""
    if not found:
        return ""
    first = found[0]
    calls = f"{first.leader.nfe} calls of the denoiser"
    text = (
        f"Started at t* = {first.leader.t_star} from {first.leader.label}, {calls} reach {first.title} {first.text(first.leader)}; "
        f"a whole chain of as many from pure noise reaches {first.text(first.chain)}"
    )
    text += "." if first.beats_the_chain else ", which is better."
    for other in found[1:]:
        who = (
            "it is also"
            if _same(first.leader, other.leader)
            else f"the best is {other.leader.label} at t* = {other.leader.t_star} with"
        )
        text += f" By {other.title} {who} {other.text(other.leader)} against {other.text(other.chain)}"
        text += "." if other.beats_the_chain else ", which is better."
    if {finding.title for finding in found} == {"FID-64"}:
        text += " FID-64 sees colours and edges, not objects: no result by itself."
    return text


def _same(one: EvaluationRow, other: EvaluationRow) -> bool:
    return (one.label, one.t_star) == (other.label, other.t_star)
