"""What the three generator priors (vae, gan, ot) share, so that only their objective differs."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.forward import add_noise
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal, stream
from tdot_core.models.dcgan import Generator
from tdot_core.models.device_noise import noise_like
from tdot_core.models.ema import Ema
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.precision import Precision, precision_setting
from tdot_core.models.seeded import seeded_init
from tdot_core.models.weights import load_module
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress

CHUNK = 16
GENERATOR = "generator"


@dataclass(frozen=True)
class LearnedConfig:
    """Settings that every generator prior has; the defaults are the published configuration, width and EMA ours."""

    t_train: int = setting(10, "Noising step whose distribution the prior learns", low=1, high=1000)
    epochs: int = setting(32, "Passes over the training images", low=1, high=10_000)
    batch: int = setting(128, "Images per training step", low=2, high=4096)
    latent: int = setting(1024, "Size of the generator's input z", low=1, high=4096)
    width: int = setting(32, "Generator width: channels are 8, 4 and 2 times this", low=8, high=128, step=8)
    lr: float = setting(2e-4, "Adam's step size (betas 0.5 and 0.999)", low=1e-6, high=1e-1)
    noise: str = setting(
        "fixed", "fixed: one noised data set; fresh: new noise every epoch", choices=("fixed", "fresh")
    )
    inject_noise: bool = setting(False, "The generator makes the signal; the known noise is added to it")
    schedule: str = setting("linear", "Noise schedule", choices=("linear", "cosine"))
    ema: float = setting(0.999, "Decay of the generator weights' moving average", low=0.0, high=0.99999, advanced=True)
    precision: str = precision_setting()


class LearnedPrior(Prior):
    """Train a DCGAN generator so that generator(z) follows q(x_{t_train}); subclasses give one objective step."""

    Config = LearnedConfig

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self.nets: dict[str, nn.Module] | None = None
        self.precision: Precision | None = None

    # Training -----------------------------------------------------------------------------------------------------

    def drawing_parts(self) -> dict[str, Callable[[], nn.Module]]:
        """Return what builds each network that sampling needs, the generator first; their averages are the weights."""
        return {GENERATOR: lambda: Generator(self.config.latent, self.config.width)}

    @abstractmethod
    def parts(self) -> dict[str, nn.Module]:
        """Return the freshly built networks that only training needs, by name."""

    @abstractmethod
    def train_step(self, x_t: Tensor, generator: torch.Generator) -> dict[str, float]:
        """Take one optimiser step on a batch x_t (b, 3, 32, 32) of noised real images; return its losses by name."""

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        self.config, self.schedule = config, NoiseSchedule(config.schedule)
        self.precision, data = Precision(config.precision, self.device), near(data, self.device)
        self._build(generator)
        state = self.state
        assert state is not None
        if resume is not None:
            state.load(resume)
        noise_seed = generator.initial_seed()
        total = steps_per_epoch(len(data), config.batch) * config.epochs
        for index in minibatches(state, len(data), config.batch, config.epochs):
            losses = self.train_step(self._noised(data, index, noise_seed, generator), generator)
            state.step += 1
            for name, ema in state.ema.items():
                ema.update(state.modules[name], state.step)
            yield Progress(state.step, total, losses)

    def _build(self, generator: torch.Generator) -> None:
        drawing = self.drawing_parts()
        build = lambda: {**{name: make() for name, make in drawing.items()}, **self.parts()}  # noqa: E731
        modules = {name: module.to(self.device).train() for name, module in seeded_init(build, generator).items()}
        self.state = FitState(
            modules,
            {
                name: torch.optim.Adam(m.parameters(), lr=self.config.lr, betas=(0.5, 0.999))
                for name, m in modules.items()
            },
            generator,
            {name: Ema(modules[name], self.config.ema) for name in drawing},
        )
        self.nets = None

    def _noised(self, data: ImageData, index: Tensor, noise_seed: int, generator: torch.Generator) -> Tensor:
        x0 = data.x0(index)
        if self.config.noise == "fixed":
            # Keyed by image, the fixed noised data set needs no 600 MB copy and is the same after every resume.
            key = np.random.SeedSequence(noise_seed).generate_state(1, np.uint32)[0]
            eps = normal([(int(key) << 24) + int(i) for i in index], "train", IMAGE_SHAPE).to(x0.device)
        else:
            eps = noise_like(x0, generator)
        return add_noise(x0, eps, self.t_train, self.schedule)

    def fake(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n training fakes with gradients to the generator: generator(z), plus the known noise if injected."""
        assert self.state is not None
        z = torch.randn((n, self.config.latent), generator=generator).to(self.device)
        return self.add_known_noise(self.run(GENERATOR, z), generator)

    def run(self, name: str, *inputs: Tensor) -> Any:
        """Return what the named training network makes of inputs, in the chosen precision; outputs are float32."""
        assert self.state is not None and self.precision is not None
        return self.precision(self.state.modules[name], *inputs)

    def add_known_noise(self, signal: Tensor, generator: torch.Generator) -> Tensor:
        """Return sqrt(ab_t) signal + sqrt(1 - ab_t) eps when noise is injected, else the signal as x_t itself."""
        if not self.config.inject_noise:
            return signal
        return add_noise(signal, noise_like(signal, generator), self.t_train, self.schedule)

    @property
    def noise_variance(self) -> float:
        """Return 1 - alpha_bar at t_train."""
        return 1 - float(self.schedule.alpha_bar[self.t_train])

    def networks(self) -> list[nn.Module]:
        return [Generator(self.config.latent, self.config.width), *self.parts().values()]

    # Sampling -----------------------------------------------------------------------------------------------------

    def weights(self) -> dict[str, Tensor]:
        if self.state is not None:
            kept = {name: ema.shadow for name, ema in self.state.ema.items()}
        else:
            kept = {name: net.state_dict() for name, net in (self.nets or {}).items()}
        return {_prefix(name) + key: tensor for name, part in kept.items() for key, tensor in part.items()}

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        self.nets = self._frozen(tensors)

    def _frozen(self, tensors: Mapping[str, Tensor]) -> dict[str, nn.Module]:
        parts = self.drawing_parts()
        others = tuple(_prefix(name) for name in parts if name != GENERATOR)
        own: dict[str, dict[str, Tensor]] = {name: {} for name in parts}
        for key, tensor in tensors.items():
            prefix = next((p for p in others if key.startswith(p)), "")
            own[prefix.rstrip("/") or GENERATOR][key.removeprefix(prefix)] = tensor
        return {name: load_module(make, own[name], self.device) for name, make in parts.items()}

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if t != self.t_train:
            raise TdotError(f"This {self.key} prior draws x at t = {self.t_train}, asked for t = {t}.")
        nets = self._sampling_nets()
        images = [self._sample_chunk(nets, seeds[k : k + CHUNK]) for k in range(0, len(seeds), CHUNK)]
        return torch.cat(images) if images else torch.empty((0, *IMAGE_SHAPE))

    def _sampling_nets(self) -> dict[str, nn.Module]:
        if self.nets is None:
            if self.state is None:
                raise TdotError(f"This {self.key} prior has no weights yet: train it first, or load a run.")
            return self._frozen(self.weights())
        return self.nets

    @torch.inference_mode()
    def _sample_chunk(self, nets: dict[str, nn.Module], seeds: Sequence[int]) -> Tensor:
        streams = [stream(seed, "z") for seed in seeds]
        z = torch.from_numpy(np.stack([s.standard_normal(self.config.latent, dtype=np.float32) for s in streams]))
        # A fixed batch size keeps every image the same to the last bit, however many are asked for.
        padded = torch.cat([z, z[:1].expand(CHUNK - len(z), -1)]).to(self.device)
        x = self.draw(nets, padded, streams)[: len(z)]
        if not self.config.inject_noise:
            return x
        ab = float(self.schedule.alpha_bar[self.t_train])
        x_t: Tensor = math.sqrt(ab) * x + math.sqrt(1 - ab) * white_noise(streams)
        return x_t

    def draw(self, nets: dict[str, nn.Module], z: Tensor, streams: Sequence[np.random.Generator]) -> Tensor:
        """Return what the networks make of z (CHUNK, latent), at least one row per stream, float32 on the CPU.

        streams: each image's own, for what else must be drawn.
        """
        out: Tensor = nets[GENERATOR](z)
        return out.float().cpu()

    def preview(self, n: int) -> Tensor | None:
        return None if self.state is None and self.nets is None else self.sample(range(n), self.t_train)


def white_noise(streams: Sequence[np.random.Generator]) -> Tensor:
    """Draw standard normal noise from each image's own stream, shape (n, 3, 32, 32) float32."""
    return torch.from_numpy(np.stack([s.standard_normal(IMAGE_SHAPE, dtype=np.float32) for s in streams]))


def _prefix(name: str) -> str:
    # The generator's tensors carry no prefix, as in every file written before a prior had other networks.
    return "" if name == GENERATOR else f"{name}/"
