"""What the three generator priors (vae, gan, ot) share as samplers; how they are trained is in `generator_training`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.errors import TdotError
from tdot_core.maths.forward import add_noise
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import stream
from tdot_core.models.dcgan import Generator
from tdot_core.models.features import feature_networks
from tdot_core.models.fitting import ImageData
from tdot_core.models.precision import precision_setting
from tdot_core.models.weights import load_module
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.priors.generator_training import GENERATOR, GeneratorTraining
from tdot_core.progress import Progress

CHUNK = 16
NO_FEATURES = "none"


@dataclass(frozen=True)
class LearnedConfig:
    """Settings that every generator prior has; the defaults are the published configuration, width and EMA ours."""

    t_train: int = setting(10, "Noising step whose distribution the prior learns; 0 for clean images", low=0, high=1000)
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
    cooldown: float = setting(
        0.0,
        "Share of the steps, at the end, over which the step size falls linearly to zero",
        low=0.0,
        high=1.0,
        advanced=True,
        before=0.0,
    )
    precision: str = precision_setting()


FEATURES_RUN_HELP = "Which run the features are of, a denoiser say; none for the best of its kind"


@dataclass(frozen=True)
class FrozenSettings:
    """Settings of a frozen network that a rival of `ot` may look through too, which puts it into the second division."""

    features: str = setting(
        NO_FEATURES,
        "Frozen network that helps in training: denoiser, cifar-cnn or efficientnet-lite0, which saw labels; none for none",
        choices=(NO_FEATURES, *feature_networks.all()),
        advanced=True,
        before=NO_FEATURES,
    )
    features_run: str = setting("", FEATURES_RUN_HELP, advanced=True, before="")
    features_weight: float = setting(
        1.0, "How much the features count beside the pixels", low=0.0, high=1000.0, advanced=True, before=1.0
    )


class LearnedPrior(Prior):
    """Draw generator(z) at t_train, plus the known noise when it is injected; `Training` says how the generator is made."""

    Config: ClassVar[type] = LearnedConfig
    Training: ClassVar[type[GeneratorTraining]]
    stands = "from scratch"

    def __init__(self, config: Any = None, device: torch.device | str = "cpu") -> None:
        super().__init__(config, device)
        self.nets: dict[str, nn.Module] | None = None

    @classmethod
    def length_sets_step_size(cls, config: Any) -> bool:
        return bool(config.cooldown)

    @classmethod
    def looks_through(cls, config: Any) -> str:
        named = getattr(config, "features", NO_FEATURES)
        return "" if named == NO_FEATURES else str(named)

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        self.config, self.schedule, self.nets = config, NoiseSchedule(config.schedule), None
        training = self.Training(config, self.drawing_parts(), generator, self.device, self.lent)
        self.state = training.state
        yield from training.steps(data, resume)

    def drawing_parts(self) -> dict[str, Callable[[], nn.Module]]:
        """Return what builds each network that sampling needs, the generator first; their averages are the weights."""
        return {GENERATOR: lambda: Generator(self.config.latent, self.config.width)}

    def networks(self) -> list[nn.Module]:
        return [*(make() for make in self.drawing_parts().values()), *self.Training.parts(self.config).values()]

    @property
    def nfe_prior(self) -> int:
        """Return 1: the generator runs once."""
        return 1

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
        return add_noise(x, white_noise(streams), self.t_train, self.schedule) if self.adds_noise else x

    @property
    def adds_noise(self) -> bool:
        """Tell whether the networks draw the signal alone, to which the known noise is added."""
        return bool(self.config.inject_noise)

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
