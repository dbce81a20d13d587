"""Training the denoiser on what its preconditioning asks of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from tdot_core.maths.levels import draw_levels, noise_each
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.denoiser import Denoiser, DenoiserConfig, build_denoiser
from tdot_core.models.device_noise import noise_like
from tdot_core.models.ema import Ema
from tdot_core.models.fitting import FitState, ImageData, minibatches, near, steps_per_epoch
from tdot_core.models.held_out import best_average, slower_decays, split_held_out
from tdot_core.models.moments import image_moments
from tdot_core.models.muon import Muon
from tdot_core.models.parallel import gradient_of
from tdot_core.models.precision import Arithmetic
from tdot_core.models.preconditioning import WienerPreconditioning
from tdot_core.models.seeded import seeded_init
from tdot_core.models.trainable import Trainable
from tdot_core.models.trusted_share import trusted_shares
from tdot_core.models.warm_start import begin_with
from tdot_core.models.weights import load_module
from tdot_core.progress import Progress

WARM_UP = 500
CHECK_EVERY = 500
CHECK_BATCH = 64
SHARES = "around.shares"
MUON_ADAM_BETAS = (0.9, 0.99)


def step_size(step: int, total: int, peak: float, anneal: bool) -> float:
    """Return the step size at step 0..total-1: a linear warm-up to peak, then peak, or half a cosine down to zero."""
    if step < WARM_UP:
        return peak * (step + 1) / WARM_UP
    return peak * 0.5 * (1 + math.cos(math.pi * (step - WARM_UP) / (total - WARM_UP))) if anneal else peak


class DenoiserTraining(Trainable):
    """Minimise E |(eps - eps_hat(x_t, t)) / gain(t)|^2 / d, x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps.

    gain: the preconditioning's; with the target eps it is 1 and t uniform, which is ho2020's Algorithm 1. Otherwise the loss is
    that of the network's own output, so that every noise level weighs about alike.
    """

    key = "denoiser"
    label = "Denoiser"
    summary = "Predicts the noise in an image at any noise level; every prior shares it"
    reference = "ho2020"
    Config = DenoiserConfig
    parallel = True

    net: Denoiser | None = None

    @classmethod
    def length_sets_step_size(cls, config: Any) -> bool:
        return bool(config.anneal)

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        self.config, data = config, near(data, self.device)
        self._schedule = NoiseSchedule(config.schedule)
        kept, left_out = split_held_out(len(data), config.held_out) if config.held_out else (None, torch.empty(0))
        n = len(data) if kept is None else len(kept)
        total = steps_per_epoch(n, config.batch) * config.epochs
        net = seeded_init(lambda: build_denoiser(config), generator)
        if resume is None and self.beginning is not None:
            begin_with(net, self.beginning[0], self.beginning[1].target == config.target)
        if resume is None and isinstance(net.around, WienerPreconditioning):
            net.around.wiener.describe(*image_moments(data))
        net = self.net = net.to(self.device).to(memory_format=torch.channels_last).train()
        precision = Arithmetic(config.precision, self.device)
        precision.prepare(net)
        optimisers = self._optimisers(net)
        averages = {
            "net" if k == 0 else f"net{k + 1}": Ema(net, decay)
            for k, decay in enumerate(slower_decays(config.ema, config.averages))
        }
        state = self.state = FitState({"net": net}, optimisers, generator, averages)
        if resume is not None:
            state.load(_with_shares(resume, averages))
            if state.step < total:  # trained further: they are measured anew at the end
                for average in averages.values():
                    _forget_shares(average)
        shared, gradient = gradient_of(net, self.device, all_take_part=not config.experts)
        held_out_loss = self._held_out_loss(data, left_out, net, precision) if len(left_out) else None

        def loss_of(x_t: Tensor, t: Tensor, eps: Tensor) -> Tensor:
            return _loss(precision(shared, x_t, t), eps, net.gain(t))

        name = "eps_loss" if config.target == "eps" else "loss"
        for index in minibatches(state, n, config.batch, config.epochs):
            chosen = index if kept is None else kept[index]
            x_t, eps, t = self._noised_batch(data.x0(chosen), generator)
            for optimiser in optimisers.values():
                optimiser.param_groups[0]["lr"] = step_size(state.step, total, config.lr, config.anneal)
            loss = gradient(loss_of, x_t, t, eps)
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            for optimiser in optimisers.values():
                optimiser.step()
            state.step += 1
            for average in averages.values():
                average.update(net, state.step)
            losses = {name: loss.item()}
            if held_out_loss is not None and (state.step % CHECK_EVERY == 0 or state.step == total):
                best, losses["held_out"] = best_average(averages, held_out_loss)
                state.chosen = list(averages).index(best)
            if len(left_out) and state.step == total and isinstance(net.around, WienerPreconditioning):
                shares = self._shares(data, left_out, net, self._chosen(state).shadow)
                for average in averages.values():
                    average.shadow[SHARES].copy_(shares)
            yield Progress(state.step, total, losses)

    def _optimisers(self, net: Denoiser) -> dict[str, torch.optim.Optimizer]:
        # Torch's default on the CPU is a loop over 145 tensors, twice as slow; elsewhere it chooses well itself.
        fused = True if self.device.type == "cpu" else None
        parameters = dict(net.named_parameters())
        if self.config.optimiser == "adam":
            return {"net": torch.optim.Adam(parameters.values(), lr=self.config.lr, fused=fused)}
        # The first and the last layer face pixels; their rows are no rotation of anything.
        matrices = [
            p for name, p in parameters.items() if p.ndim > 1 and ".conv_in." not in name and ".conv_out." not in name
        ]
        others = [p for p in parameters.values() if not any(p is m for m in matrices)]
        adam = torch.optim.Adam(others, lr=self.config.lr, betas=MUON_ADAM_BETAS, fused=fused)
        return {"net": adam, "matrices": Muon(matrices, self.config.lr)}

    def _held_out_loss(
        self, data: ImageData, left_out: Tensor, net: Denoiser, precision: Arithmetic
    ) -> Callable[[Mapping[str, Tensor]], float]:
        """Return loss(weights): the training's own loss on the images left out, with levels and noise drawn once."""
        generator = torch.Generator().manual_seed(1)
        batches = [self._noised(data.x0(part), generator) for part in left_out.split(CHECK_BATCH)]

        @torch.no_grad()
        def loss(weights: Mapping[str, Tensor]) -> float:
            shares = [
                float(_loss(precision(lambda *x: functional_call(net, dict(weights), x), x_t, t), eps, net.gain(t)))
                * len(t)
                for x_t, eps, t in batches
            ]
            return math.fsum(shares) / len(left_out)

        return loss

    def _shares(self, data: ImageData, left_out: Tensor, net: Denoiser, weights: Mapping[str, Tensor]) -> Tensor:
        """Return how much of the network is to be trusted at each level, on the images left out."""
        generator = torch.Generator().manual_seed(2)
        whole = dict(weights) | {SHARES: torch.ones_like(weights[SHARES])}

        def draw(t: int) -> tuple[Tensor, Tensor]:
            found = []
            for part in left_out.split(CHECK_BATCH):
                x0 = data.x0(part)
                eps, levels = noise_like(x0, generator), torch.full((len(part),), t)
                x_t, levels = noise_each(x0, eps, levels, self._schedule), levels.to(x0.device)
                gain = net.gain(levels)[:, None]
                base = net.around(x_t, levels)[1]  # type: ignore[misc]
                eps_hat = functional_call(net, whole, (x_t, levels))
                found.append([((v - base).flatten(1) / gain).cpu() for v in (eps_hat, eps)])
            outputs, targets = (torch.cat(parts) for parts in zip(*found, strict=True))
            return outputs, targets

        return trusted_shares(draw, len(whole[SHARES]) - 1)

    def _noised_batch(self, x0: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        if self.config.flips:
            mirrored = torch.rand(len(x0), generator=generator) < 0.5
            x0 = torch.where(mirrored[:, None, None, None].to(x0.device), x0.flip(-1), x0)
        return self._noised(x0, generator)

    def _noised(self, x0: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        t = draw_levels(self.config.levels, len(x0), self._schedule, generator)
        eps = noise_like(x0, generator)
        x_t = noise_each(x0, eps, t, self._schedule)
        return x_t.to(memory_format=torch.channels_last), eps, t.to(x0.device)

    @staticmethod
    def _chosen(state: FitState) -> Ema:
        return list(state.ema.values())[state.chosen]

    def networks(self) -> list[nn.Module]:
        return [build_denoiser(self.config)]

    def weights(self) -> dict[str, Tensor]:
        if self.state is not None:
            return dict(self._chosen(self.state).shadow)
        return {} if self.net is None else dict(self.net.state_dict())

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        self.net = load_module(lambda: build_denoiser(self.config), tensors, self.device)


def _with_shares(saved: Mapping[str, Tensor], averages: Mapping[str, Ema]) -> dict[str, Tensor]:
    """Return a checkpoint with the shares that those of before had not: all 1."""
    ones = {
        f"ema/{name}/{SHARES}": torch.ones_like(average.shadow[SHARES])
        for name, average in averages.items()
        if SHARES in average.shadow
    }
    return ones | dict(saved)


def _forget_shares(average: Ema) -> None:
    if SHARES in average.shadow:
        average.shadow[SHARES].fill_(1)


def _loss(eps_hat: Tensor, eps: Tensor, gain: Tensor) -> Tensor:
    return ((eps_hat - eps) / gain[:, None, None, None]).square().mean()
