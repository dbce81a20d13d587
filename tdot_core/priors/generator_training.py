"""How the three generator priors (vae, gan, ot) are trained, so that only their objective differs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.maths.forward import add_noise
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal
from tdot_core.models.device_noise import noise_like
from tdot_core.models.ema import Ema
from tdot_core.models.features import feature_networks
from tdot_core.models.features.base import FeatureNetwork
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.precision import Arithmetic
from tdot_core.models.seeded import seeded_init
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.progress import Progress

BLOCK = 250
GENERATOR = "generator"


def cooled(step: int, total: int, share: float) -> float:
    """Return the factor of the step size at step 0..total-1: 1, then falling linearly over the last `share` of the steps.

    The last step has the smallest factor above 0. Source: hagele2024, section 3.
    """
    falling = share * total
    return min(1.0, (total - step) / falling) if falling > 0 else 1.0


Builders = Mapping[str, Callable[[], nn.Module]]
"""What builds each network, by name."""


class GeneratorTraining(ABC):
    """Train a DCGAN generator so that generator(z) follows q(x_{t_train}); subclasses give one objective step.

    config: a LearnedConfig; drawing: what builds the networks that sampling needs, the generator first; generator: all
    randomness; lent: weights and Config of a network that the objective looks through. `state` is a whole checkpoint.
    """

    def __init__(
        self, config: Any, drawing: Builders, generator: torch.Generator, device: torch.device, lent: Any = None
    ) -> None:
        self.config, self.generator, self.device, self.lent = config, generator, device, lent
        self.schedule, self.precision = NoiseSchedule(config.schedule), Arithmetic(config.precision, device)
        build = lambda: {**{name: make() for name, make in drawing.items()}, **self.parts(config)}  # noqa: E731
        modules = {name: module.to(device).train() for name, module in seeded_init(build, generator).items()}
        moving = {name: module for name, module in modules.items() if next(module.parameters(), None) is not None}
        optimisers = {name: self.optimiser(name, module) for name, module in moving.items()}
        # What has no weights to move is taken as it is.
        averages = {name: Ema(modules[name], config.ema if name in moving else 0.0) for name in drawing}
        self.state = FitState(modules, optimisers, generator, averages)

    @classmethod
    @abstractmethod
    def parts(cls, config: Any) -> dict[str, nn.Module]:
        """Return the freshly built networks that only training needs, by name."""

    @abstractmethod
    def train_step(self, x_t: Tensor) -> dict[str, float]:
        """Take one optimiser step on a batch x_t (b, 3, 32, 32) of noised real images; return its losses by name."""

    def begin(self, population: Iterable[Tensor]) -> None:  # noqa: B027
        """See all noised real images once, in batches, before the first step of a fresh training; most need not."""

    def finish(self, population: Iterable[Tensor]) -> None:  # noqa: B027
        """See all noised real images once more, in batches, after the last step; most need not."""

    def frozen_network(self) -> FeatureNetwork:
        """Return the feature network that the config names, with the weights that were lent."""
        return feature_networks.get(self.config.features)(self.lent, self.config.t_train, self.schedule, self.device)

    def optimiser(self, name: str, module: nn.Module) -> torch.optim.Optimizer:
        """Return what moves a network's weights."""
        return torch.optim.Adam(module.parameters(), lr=self.config.lr, betas=(0.5, 0.999))

    def steps(self, data: ImageData, resume: Mapping[str, Tensor] | None) -> Iterator[Progress]:
        """Train on data, yielding after every step; resume: the tensors of an earlier `state`."""
        data, state, config = near(data, self.device), self.state, self.config
        noise_seed = self.generator.initial_seed()
        if resume is not None:
            state.load(resume)
        else:
            self.begin(self._population(data, noise_seed))
        total = steps_per_epoch(len(data), config.batch) * config.epochs
        peaks = {name: optimiser.param_groups[0]["lr"] for name, optimiser in state.optimisers.items()}
        for index in minibatches(state, len(data), config.batch, config.epochs):
            for name, optimiser in state.optimisers.items():
                optimiser.param_groups[0]["lr"] = peaks[name] * cooled(state.step, total, config.cooldown)
            losses = self.train_step(self._noised(data, index, noise_seed))
            state.step += 1
            if state.step == total:
                self.finish(self._population(data, noise_seed))
            for name, ema in state.ema.items():
                ema.update(state.modules[name], state.step)
            yield Progress(state.step, total, losses)

    def _population(self, data: ImageData, noise_seed: int) -> Iterator[Tensor]:
        for part in torch.arange(len(data)).split(BLOCK):
            yield self._noised(data, part, noise_seed)

    def _noised(self, data: ImageData, index: Tensor, noise_seed: int) -> Tensor:
        x0 = data.x0(index)
        if self.config.noise == "fixed":
            # Keyed by image, the fixed noised data set needs no 600 MB copy and is the same after every resume.
            key = np.random.SeedSequence(noise_seed).generate_state(1, np.uint32)[0]
            eps = normal([(int(key) << 24) + int(i) for i in index], "train", IMAGE_SHAPE).to(x0.device)
        else:
            eps = noise_like(x0, self.generator)
        return add_noise(x0, eps, self.config.t_train, self.schedule)

    def fake(self, n: int) -> Tensor:
        """Draw n training fakes with gradients to the generator: generator(z), plus the known noise if injected."""
        z = torch.randn((n, self.config.latent), generator=self.generator).to(self.device)
        return self.add_known_noise(self.run(GENERATOR, z))

    def run(self, name: str, *inputs: Tensor) -> Any:
        """Return what the named training network makes of inputs, in the chosen precision; outputs are float32."""
        return self.precision(self.state.modules[name], *inputs)

    def add_known_noise(self, signal: Tensor) -> Tensor:
        """Return sqrt(ab_t) signal + sqrt(1 - ab_t) eps when noise is injected, else the signal as x_t itself."""
        if not self.config.inject_noise:
            return signal
        return add_noise(signal, noise_like(signal, self.generator), self.config.t_train, self.schedule)

    @property
    def noise_variance(self) -> float:
        """Return 1 - alpha_bar at t_train."""
        return 1 - float(self.schedule.alpha_bar[self.config.t_train])

    def descend(self, loss: Tensor, *names: str) -> None:
        """Move the named networks one step down the loss."""
        optimisers = [self.state.optimisers[name] for name in names]
        for optimiser in optimisers:
            optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
