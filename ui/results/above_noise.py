"""What linear theory says about a truncation step, as one line beside its slider."""

from __future__ import annotations

from collections.abc import Sequence

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.services.catalogue.prediction import directions, surviving_share
from tdot_core.services.catalogue.priors import PriorChoice
from tdot_core.services.catalogue.theory import find_theory
from ui.words import plain, share_text

DATASET = "cifar10"
HELP = (
    "Directions: principal components of CIFAR-10's training images with more signal than noise at t\\*. Prior error that survives: squared "
    "Wasserstein-2 distance that the exact chain leaves, over the data's variance, everything taken as Gaussian. Truncation shows the curves."
)


def above_noise(t_star: int, chosen: Sequence[PriorChoice]) -> str:
    """Return how many directions stand above the noise, and what survives of each chosen prior's error, as Markdown; "" without a theory."""
    theory = find_theory(DATASET)
    if theory is None:
        return ""
    schedule = NoiseSchedule()
    words = f"{directions(theory, t_star, schedule):,} of {len(theory.eigenvalues):,} directions of CIFAR-10 above the noise"
    moments = {prior.name: prior for prior in theory.priors}
    shares = [
        (one.label, surviving_share(theory, moments[one.run], t_star, schedule)) for one in chosen if one.run in moments
    ]
    left = ", ".join(f"{plain(label)} {share_text(share)}" for label, share in shares if share is not None)
    return f"Linear prediction: {words}" + (f"; prior error that survives: {left}" if left else "")
