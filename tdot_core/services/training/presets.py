"""Settings to begin a training with: the published ones, the best known here, and what trains in two minutes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tdot_core.config import recorded_config
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.store import best_run, find_run
from tdot_core.services.training.preset_catalogue import BEST, FAIR, PUBLISHED, QUICK, presets_of
from tdot_core.services.training.rate import Rate

PRESETS = {PUBLISHED: "Published", BEST: "Best known", FAIR: "Fair rival", QUICK: "Two minutes"}
HELP = {
    PUBLISHED: "The defaults: the published configuration where there is one.",
    BEST: "What the model that TDOT prefers among this kind was trained with.",
    FAIR: "What the comparison with transport trains the rivals with.",
    QUICK: "A smaller network where there is one, else the best known, for as many epochs as two minutes take here.",
}
SECONDS = 120.0


@dataclass(frozen=True)
class Beginning:
    """Settings that differ from the defaults by name, and where they come from, in words."""

    settings: dict[str, Any]
    origin: str


def preset_names(kind: str) -> tuple[str, ...]:
    """Return which of PRESETS a kind has; a fair rival only where the catalogue names one."""
    named = {one.name for one in presets_of(kind)}
    return tuple(name for name in PRESETS if name != FAIR or name in named)


def preset(kind: str, name: str) -> Beginning:
    """Return the settings of one of a kind's presets; raises TdotError for an unknown kind.

    The best known are those of the run that the kind's key stands for, where there is one. The quick ones of a kind without any in the
    catalogue are the best known, whose epochs `epochs_for` cuts once a rate is measured.
    """
    find_trainable(kind)
    run = best_run(kind)
    if name == BEST and run is not None:
        return like(run.id)
    for one in presets_of(kind):
        if one.name == name:
            return Beginning(dict(one.settings), one.summary)
    if name == PUBLISHED:
        return Beginning({}, HELP[PUBLISHED])
    if run is None:
        return Beginning({}, f"No {kind} has been trained yet, so these are the defaults.")
    return like(run.id)


def like(run_id: str) -> Beginning:
    """Return the settings of a run; raises TdotError when there is none or they fit no kind that can be trained."""
    run = find_run(run_id)
    config = asdict(recorded_config(find_trainable(run.kind).Config, run.config))
    return Beginning(config, f"The settings of {run.label} ({run.id}).")


def epochs_for(rate: Rate, epochs: int, seconds: float = SECONDS) -> int:
    """Return how many epochs, at least 1 and at most `epochs`, fit into so many seconds at a measured rate.

    rate.steps: of all `epochs`.
    """
    per_epoch = rate.steps / epochs * rate.seconds
    return max(1, min(epochs, int((seconds - rate.begin) / per_epoch)))
