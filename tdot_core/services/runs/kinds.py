"""Everything that can be trained, by key."""

from __future__ import annotations

from tdot_core.errors import unknown_name
from tdot_core.models.cifar_cnn_training import CifarCnnTraining
from tdot_core.models.denoiser_training import DenoiserTraining
from tdot_core.models.trainable import Trainable
from tdot_core.models.wiener_training import WienerTraining
from tdot_core.priors import priors


def trainables() -> dict[str, type[Trainable]]:
    """Return the denoisers, the feature network and every trainable prior by key."""
    networks: list[type[Trainable]] = [DenoiserTraining, WienerTraining, CifarCnnTraining]
    found: dict[str, type[Trainable]] = {cls.key: cls for cls in networks}
    return found | {key: cls for key, cls in priors.all().items() if cls.trainable}


def find_trainable(key: str) -> type[Trainable]:
    """Return the class trained under key; raises TdotError listing what can be trained."""
    known = trainables()
    if key not in known:
        raise unknown_name("thing to train", key, known)
    return known[key]
