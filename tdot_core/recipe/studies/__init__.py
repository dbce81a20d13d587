"""The studies that ship, each in a file of its own."""

from __future__ import annotations

from tdot_core.recipe.studies.denoiser_loss import DENOISER_LOSS
from tdot_core.recipe.studies.feature_space import FEATURE_SPACE
from tdot_core.recipe.studies.halves import HALVES
from tdot_core.recipe.studies.native import NATIVE
from tdot_core.recipe.studies.seconds import SECONDS
from tdot_core.recipe.studies.spread import SPREAD

STUDIES = (DENOISER_LOSS, FEATURE_SPACE, SPREAD, HALVES, NATIVE, SECONDS)
