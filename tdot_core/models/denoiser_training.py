"""Training the denoiser on the plain noise-prediction loss."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.denoiser import Denoiser, DenoiserConfig, build_denoiser
from tdot_core.models.device_noise import noise_like
from tdot_core.models.ema import Ema
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.precision import Precision
from tdot_core.models.seeded import seeded_init
from tdot_core.models.sharded import ShardedGradient
from tdot_core.models.trainable import Trainable
from tdot_core.models.weights import load_module
from tdot_core.progress import Progress

WARM_UP = 500


def step_size(step: int, total: int, peak: float, anneal: bool) -> float:
    """Return Adam's step size at step 0..total-1: a linear warm-up to peak, then peak, or half a cosine down to zero."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    return peak * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / (total - WARM_UP))) if anneal else peak


class DenoiserTraining(Trainable):
    """Minimise E |eps - net(x_t, t)|^2, t uniform on 1..T, x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps (ho2020, Algorithm 1)."""

    key = "denoiser"
    label = "Denoiser"
    summary = "Predicts the noise in an image at any noise level; every prior shares it"
    reference = "ho2020"
    Config = DenoiserConfig

    net: Denoiser | None = None

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        self.config, data = config, near(data, self.device)
        net = seeded_init(lambda: build_denoiser(config), generator)
        net = self.net = net.to(self.device).to(memory_format=torch.channels_last).train()
        precision = Precision(config.precision, self.device)
        precision.prepare(net)
        # Torch's default on the CPU is a loop over 145 tensors, twice as slow; elsewhere it chooses well itself.
        fused = True if self.device.type == "cpu" else None
        optimiser = torch.optim.Adam(net.parameters(), lr=config.lr, fused=fused)
        ema = Ema(net, config.ema)
        state = self.state = FitState({"net": net}, {"net": optimiser}, generator, {"net": ema})
        if resume is not None:
            state.load(resume)
        schedule = NoiseSchedule(config.schedule)
        alpha_bar = torch.from_numpy(schedule.alpha_bar.copy())
        total = steps_per_epoch(len(data), config.batch) * config.epochs
        gradient = ShardedGradient(list(net.parameters()), self.device)

        def eps_loss(x_t: Tensor, t: Tensor, eps: Tensor) -> Tensor:
            loss: Tensor = (precision(net, x_t, t) - eps).square().mean()
            return loss

        for index in minibatches(state, len(data), config.batch, config.epochs):
            x_t, eps, t = self._noised_batch(data.x0(index), alpha_bar, generator)
            optimiser.param_groups[0]["lr"] = step_size(state.step, total, config.lr, config.anneal)
            loss = gradient(eps_loss, x_t, t, eps)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            state.step += 1
            ema.update(net, state.step)
            yield Progress(state.step, total, {"eps_loss": loss.item()})

    def _noised_batch(self, x0: Tensor, alpha_bar: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        b, device = len(x0), x0.device
        if self.config.flips:
            mirrored = torch.rand(b, generator=generator) < 0.5
            x0 = torch.where(mirrored[:, None, None, None].to(device), x0.flip(-1), x0)
        t = torch.randint(1, len(alpha_bar), (b,), generator=generator)
        eps = noise_like(x0, generator)
        ab = alpha_bar[t][:, None, None, None]
        # Rounded before they move: Apple's devices know no float64.
        signal, noise = (share.sqrt().float().to(device) for share in (ab, 1 - ab))
        x_t = signal * x0 + noise * eps
        return x_t.to(memory_format=torch.channels_last), eps, t.to(device)

    def networks(self) -> list[nn.Module]:
        return [build_denoiser(self.config)]

    def weights(self) -> dict[str, Tensor]:
        if self.state is not None:
            return dict(self.state.ema["net"].shadow)
        return {} if self.net is None else dict(self.net.state_dict())

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        self.net = load_module(lambda: build_denoiser(self.config), tensors, self.device)
