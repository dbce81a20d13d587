"""The layers of this project's own classifier, which saw the labels."""

from __future__ import annotations

import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.cifar_cnn import CifarCnn
from tdot_core.models.features.base import FeatureNetwork, Lent
from tdot_core.models.weights import load_module


class ClassifierLayers(FeatureNetwork):
    """Give the three stages of a trained CifarCnn: (b, 2 w, 16, 16), (b, 3 w, 8, 8), (b, 4 w, 4, 4)."""

    key = "cifar-cnn"
    label = "CIFAR-10 classifier"
    trained_on = "the training images and their labels"
    labels = True
    run = "cifar-cnn"
    judges = ("cifar-cnn",)
    order = 3

    def __init__(self, lent: Lent | None, t: int, schedule: NoiseSchedule, device: torch.device) -> None:
        super().__init__(lent, t, schedule, device)
        if lent is None:
            raise TdotError("The features cifar-cnn need a trained cifar-cnn: train one, or choose other features.")
        weights, config = lent
        classes = weights["head.weight"].shape[0]
        self.net = load_module(lambda: CifarCnn(config.width, classes), weights, device)

    def __call__(self, x_t: Tensor, generator: torch.Generator) -> list[Tensor]:
        first = self.net.stage1(self.net.stem(x_t))
        second = self.net.stage2(first)
        return [first, second, self.net.stage3(second)]
