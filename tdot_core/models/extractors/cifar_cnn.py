"""The card of `cifar-cnn`: the penultimate layer of this project's own classifier, which ships with it."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from tdot_core.config import recorded_config
from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors.base import ExtractorCard, Supply
from tdot_core.progress import Progress

if TYPE_CHECKING:
    import torch


class CifarCnnCard(ExtractorCard):
    """Describe the classifier's pooled features, as many as four times its width."""

    key = "cifar-cnn"
    label = "CIFAR classifier (ships with TDOT)"
    layers = ("penultimate",)
    widths = {"penultimate": 192}
    default_layer = "penultimate"
    short = "cnn"
    reference = "page2018"
    run = "cifar-cnn"
    rank = 1

    @classmethod
    def opening(cls, supply: Supply, device: torch.device | str) -> Generator[Progress, None, Extractor]:
        from tdot_core.models.cifar_cnn_extractor import CifarCnnExtractor
        from tdot_core.models.cifar_cnn_training import CifarCnnTraining

        if supply.trained is None:
            raise TdotError(
                f"There is no trained {cls.key} yet. Train one: python -m tdot_core train {cls.run} --dataset cifar10"
            )
        trained = supply.trained()
        config = recorded_config(CifarCnnTraining.Config, trained.config)
        yield from ()
        return CifarCnnExtractor(trained.tensors, config.width, config.classes, trained.fingerprint, device)
