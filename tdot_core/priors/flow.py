"""The flow prior: the coarse half of clean images by flow matching with exact plans, the fine half one Gaussian."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.flow_matching import calls, integrate, optimal_pairs, straight_path
from tdot_core.maths.streams import stream
from tdot_core.maths.wiener import from_cosines, to_cosines
from tdot_core.models.ema import Ema
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.seeded import seeded_init
from tdot_core.models.velocity import VelocityNet
from tdot_core.models.weights import load_module
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress

_COLOURS = torch.eye(3)
CHUNK, BLOCK, NET = 16, 1000, "velocity"


@dataclass(frozen=True)
class FlowConfig:
    """Settings of the flow prior."""

    side: int = setting(
        12, "Side of the small image that it learns: the lowest cosine frequencies", low=4, high=32, step=2
    )
    epochs: int = setting(20, "Passes over the training images", low=1, high=10_000)
    batch: int = setting(128, "Images per training step, paired with noise by an exact plan", low=2, high=4096)
    width: int = setting(48, "Channels of the network", low=8, high=256, step=8)
    blocks: int = setting(1, "Residual blocks per stage", low=1, high=8, advanced=True)
    lr: float = setting(1e-3, "Adam's step size", low=1e-6, high=1e-1)
    steps: int = setting(4, "Steps from noise to image when drawing", low=1, high=1000)
    method: str = setting("heun", "heun: two network calls a step; euler: one", choices=("heun", "euler"))
    flips: bool = setting(True, "Mirror half of the images", advanced=True)
    ema: float = setting(0.999, "Decay of the weights' moving average", low=0.0, high=0.99999, advanced=True)


class FlowPrior(Prior):
    """Draw x0 whose side x side lowest cosines per colour come from a flow, and the higher ones from their Gaussian.

    The lowest cosines, turned back into an image of that side, are what the noise spares; a velocity v(y, u) learns
    E |v((1 - u) z + u y, u) - (y - z)|^2 with z and y paired by the exact plan of each batch. Cosines of natural images are
    nearly uncorrelated, so the others are drawn independently with their own mean and variance. t_train = 0, lifted.
    Source: tong2024, Algorithm 3 (OT-CFM).
    """

    key = "flow"
    label = "Flow"
    summary = "Clean images whose coarse part flows from noise along straight, optimally paired paths"
    formula = (
        r"\min_v\ \mathbb E\,\lVert v\bigl((1-\tau)z + \tau y,\ \tau\bigr) - (y - z)\rVert^2,\qquad (z, y) \sim "
        r"\text{the optimal plan of a batch}"
    )
    explanation = (
        "Flow matching on the low frequencies with pairs from exact optimal transport: paths from noise to data "
        "that hardly cross."
    )
    reference = "tong2024"
    order = 9
    stands = "apart: flow matching"
    Config = FlowConfig

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self.moments: dict[str, Tensor] = {}
        self.net: nn.Module | None = None

    @property
    def nfe_prior(self) -> int:
        """Return how many forwards of its network one image takes."""
        return calls(self.config.steps, self.config.method)

    def _net(self) -> nn.Module:
        return VelocityNet(self.config.width, self.config.blocks)

    def networks(self) -> list[nn.Module]:
        return [self._net()]

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        """Measure the cosines' moments, then train the velocity; the moments are measured again after a resume, alike."""
        self.config, data = config, near(data, self.device)
        self.net = None
        self._measure(data)
        net = seeded_init(self._net, generator).to(self.device).train()
        optimiser = torch.optim.Adam(net.parameters(), lr=config.lr)
        self.state = state = FitState({NET: net}, {NET: optimiser}, generator, {NET: Ema(net, config.ema)})
        if resume is not None:
            state.load(resume)
        total = steps_per_epoch(len(data), config.batch) * config.epochs
        for index in minibatches(state, len(data), config.batch, config.epochs):
            loss = self._loss(net, data.x0(index), generator)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            state.step += 1
            state.ema[NET].update(net, state.step)
            yield Progress(state.step, total, {"velocity": loss.item()})

    def _loss(self, net: nn.Module, x0: Tensor, generator: torch.Generator) -> Tensor:
        if self.config.flips:
            mirrored = torch.rand(len(x0), generator=generator).to(x0.device) < 0.5
            x0 = torch.where(mirrored[:, None, None, None], x0.flip(-1), x0)
        y = self._small(x0)
        z = torch.randn(y.shape, generator=generator).to(y.device)
        u = torch.rand(len(y), generator=generator).to(y.device)
        point, velocity = straight_path(z, y[optimal_pairs(z, y)], u)
        loss: Tensor = (net(point, u) - velocity).square().mean()
        return loss

    def _measure(self, data: ImageData) -> None:
        first, second, n = torch.zeros(IMAGE_SHAPE).double(), torch.zeros(IMAGE_SHAPE).double(), len(data)
        for part in torch.arange(n).split(BLOCK):
            cosines = to_cosines(data.x0(part).cpu().double(), _COLOURS.double())
            first, second = first + cosines.sum(dim=0), second + cosines.square().sum(dim=0)
        mean = first / n
        self.moments = {"mean": mean.float(), "std": (second / n - mean.square()).clamp(min=0).sqrt().float()}

    def _scale(self) -> tuple[Tensor, Tensor]:
        """Return the mean (3, s, s) of the low cosines and one number that brings the small image to unit size."""
        s = self.config.side
        low = self.moments["std"][:, :s, :s]
        return self.moments["mean"][:, :s, :s], low.square().mean().sqrt().clamp(min=1e-6)

    def _small(self, x0: Tensor) -> Tensor:
        s = self.config.side
        mean, scale = (part.to(x0.device) for part in self._scale())
        return from_cosines((to_cosines(x0, _COLOURS)[:, :, :s, :s] - mean) / scale, _COLOURS)

    def weights(self) -> dict[str, Tensor]:
        if self.state is not None:
            return self.moments | dict(self.state.ema[NET].shadow)
        return self.moments | (self.net.state_dict() if self.net is not None else {})

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        moments = {name: tensors[name].float() for name in ("mean", "std") if name in tensors}
        found = {name: tuple(t.shape) for name, t in moments.items()}
        if found != {"mean": IMAGE_SHAPE, "std": IMAGE_SHAPE}:
            raise TdotError(f"This flow does not fit: expected mean and std of shape {IMAGE_SHAPE}, found {found}.")
        if not all(bool(torch.isfinite(t).all()) for t in moments.values()):
            raise TdotError("This flow's moments hold NaN or infinity; use an earlier checkpoint.")
        self.net = load_module(self._net, {k: t for k, t in tensors.items() if k not in moments}, self.device)
        self.moments = moments

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if t != 0:
            raise TdotError(f"This flow prior draws x at t = 0, asked for t = {t}.")
        net = self._sampling_net()
        chunks = [self._sample_chunk(net, seeds[k : k + CHUNK]) for k in range(0, len(seeds), CHUNK)]
        return torch.cat(chunks) if chunks else torch.empty((0, *IMAGE_SHAPE))

    def _sampling_net(self) -> nn.Module:
        if self.net is not None:
            return self.net
        if self.state is None:
            raise TdotError("This flow prior has no weights yet: train it first, or load a run.")
        return load_module(self._net, self.state.ema[NET].shadow, self.device)

    @torch.inference_mode()
    def _sample_chunk(self, net: nn.Module, seeds: Sequence[int]) -> Tensor:
        s, n = self.config.side, len(seeds)
        streams = [stream(seed, "z") for seed in seeds]
        z, fine = (
            torch.from_numpy(np.stack([one.standard_normal(shape, dtype=np.float32) for one in streams]))
            for shape in ((3, s, s), IMAGE_SHAPE)
        )
        # A fixed batch size keeps every image the same to the last bit, however many are asked for.
        z, fine = (torch.cat([part, part[:1].expand(CHUNK - n, -1, -1, -1)]) for part in (z, fine))
        y = integrate(net, z.to(self.device), self.config.steps, self.config.method).float().cpu()
        mean, scale = self._scale()
        cosines = self.moments["mean"] + self.moments["std"] * fine
        cosines[:, :, :s, :s] = mean + scale * to_cosines(y, _COLOURS)
        return from_cosines(cosines, _COLOURS)[:n]

    def preview(self, n: int) -> Tensor | None:
        return None if self.state is None and self.net is None else self.sample(range(n), 0)
