"""Training the feature network as a classifier."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.models.cifar_cnn import CifarCnn, smoothed_cross_entropy
from tdot_core.models.ema import Ema
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.precision import Arithmetic, precision_setting
from tdot_core.models.seeded import seeded_init
from tdot_core.models.trainable import Trainable
from tdot_core.models.weights import load_module
from tdot_core.progress import Progress

PAD = 4


@dataclass(frozen=True)
class CifarCnnConfig:
    """Settings of the feature network and its training."""

    epochs: int = setting(12, "Passes over the training images", low=1, high=1000)
    batch: int = setting(128, "Images per training step", low=2, high=4096)
    width: int = setting(48, "Channels of the first layer; features are 4 times as many", low=8, high=128, step=8)
    classes: int = setting(10, "Classes of the labels", low=2, high=1000)
    lr: float = setting(0.1, "Peak step size of SGD with Nesterov momentum 0.9", low=1e-5, high=10.0)
    weight_decay: float = setting(5e-4, "Weight decay", low=0.0, high=0.1, advanced=True)
    ema: float = setting(0.998, "Decay of the weights' moving average", low=0.0, high=0.9999, advanced=True)
    precision: str = precision_setting()


def one_cycle(step: int, total: int, peak: float) -> float:
    """Return the step size: linear warm-up over the first fifth, then half a cosine down to zero (Smith 2018)."""
    warm = max(total // 5, 1)
    return (
        peak * (step + 1) / warm
        if step < warm
        else peak * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(total - warm, 1)))
    )


def augment(x: Tensor, generator: torch.Generator) -> Tensor:
    """Mirror half of the images and shift each by up to 4 pixels over zero padding; x: (b, 3, h, w)."""
    b, _, h, w = x.shape
    mirrored = (torch.rand(b, generator=generator) < 0.5).to(x.device)
    x = F.pad(torch.where(mirrored[:, None, None, None], x.flip(-1), x), [PAD] * 4)
    dy, dx = torch.randint(0, 2 * PAD + 1, (2, b), generator=generator)
    rows = (dy[:, None] + torch.arange(h))[:, None, :, None]
    columns = (dx[:, None] + torch.arange(w))[:, None, None, :]
    return x[torch.arange(b)[:, None, None, None], torch.arange(3)[None, :, None, None], rows, columns]


class CifarCnnTraining(Trainable):
    """Minimise the label-smoothed cross entropy with SGD and a one-cycle step size."""

    key = "cifar-cnn"
    label = "Feature network"
    summary = "A small classifier whose penultimate layer measures distances without a download"
    reference = "page2018"
    Config = CifarCnnConfig

    @classmethod
    def length_sets_step_size(cls, config: Any) -> bool:
        return True

    net: CifarCnn | None = None

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        if data.labels is None:
            raise TdotError("The feature network learns from labels; choose a data set with one folder per class.")
        self.config, data = config, near(data, self.device)
        net = seeded_init(lambda: CifarCnn(config.width, config.classes), generator)
        net = self.net = net.to(self.device).to(memory_format=torch.channels_last).train()
        precision = Arithmetic(config.precision, self.device)
        optimiser = torch.optim.SGD(
            net.parameters(), lr=config.lr, momentum=0.9, nesterov=True, weight_decay=config.weight_decay
        )
        ema = Ema(net, config.ema)
        state = self.state = FitState({"net": net}, {"net": optimiser}, generator, {"net": ema})
        if resume is not None:
            state.load(resume)
        labels = torch.tensor(np.asarray(data.labels), dtype=torch.int64)
        total = steps_per_epoch(len(data), config.batch) * config.epochs
        for index in minibatches(state, len(data), config.batch, config.epochs):
            x = augment(data.x0(index), generator).to(memory_format=torch.channels_last)
            optimiser.param_groups[0]["lr"] = one_cycle(state.step, total, config.lr)
            logits, y = precision(net, x), labels[index].to(self.device)
            loss = smoothed_cross_entropy(logits, y)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            state.step += 1
            ema.update(net, state.step)
            correct = (logits.detach().argmax(1) == y).float().mean()
            yield Progress(state.step, total, {"cross_entropy": loss.item(), "accuracy": correct.item()})

    def networks(self) -> list[nn.Module]:
        return [CifarCnn(self.config.width, self.config.classes)]

    def weights(self) -> dict[str, Tensor]:
        if self.state is not None:
            return dict(self.state.ema["net"].shadow)
        return {} if self.net is None else dict(self.net.state_dict())

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        build = lambda: CifarCnn(self.config.width, self.config.classes)  # noqa: E731
        self.net = load_module(build, tensors, self.device)
