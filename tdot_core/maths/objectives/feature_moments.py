"""Transport between Gaussians in features: every unit's mean and deviation, and the Bures distance of all pooled layers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.maths.objectives.feature_sliced import LEAST, bures_squared, symmetric_root
from tdot_core.maths.objectives.through_network import Shapes, ThroughNetwork, local_distance, whole_gradient


@dataclass(frozen=True)
class FeatureMomentsSettings:
    """Settings of the moments in features."""

    feature_moments_window: int = setting(
        16,
        "Batches over which the fakes' moments are averaged; 1 for the batch alone",
        low=1,
        high=10_000,
        advanced=True,
    )
    feature_moments_queue: int = setting(
        2048, "Recent fakes whose pooled layers count in the Bures distance", low=0, high=100_000, advanced=True
    )
    feature_moments_bures: float = setting(
        1.0, "Weight of the Bures distance of the pooled layers", low=0.0, high=1000.0, advanced=True
    )
    feature_moments_local: float = setting(
        1.0, "Weight of the sliced distance on random patches (local)", low=0.0, high=1000.0, advanced=True
    )


def diagonal_bures_squared(mean: Tensor, square: Tensor, real_mean: Tensor, real_deviation: Tensor) -> Tensor:
    """Return sum_i (m_i - mu_i)^2 + (s_i - sigma_i)^2, the W2^2 of Gaussians with diagonal covariance (gelbrich1990).

    mean, square: (d,), first and second moment of the fakes, s_i^2 = square_i - m_i^2; real_mean, real_deviation: (d,).
    """
    # A floor below which a deviation has no slope: the root's is infinite at 0.
    deviation = (square - mean.square()).clamp(min=LEAST**2).sqrt()
    distance: Tensor = (mean - real_mean).square().sum() + (deviation - real_deviation).square().sum()
    return distance


class MomentMemory(nn.Module):
    """What feature moments remember: the reals' moments, the fakes' running ones, and the pooled layers of recent fakes."""

    def __init__(self, shapes: list[tuple[int, int, int]], settings: FeatureMomentsSettings) -> None:
        super().__init__()
        units = [c * h * w for c, h, w in shapes]
        c, m = sum(shape[0] for shape in shapes), settings.feature_moments_queue
        self.sizes = units
        empty = {
            "unit_mean": (sum(units),),
            "unit_deviation": (sum(units),),
            "fake_mean": (sum(units),),
            "fake_square": (sum(units),),
            "spread": (c,),
            "mean": (c,),
            "root": (c, c),
            "recent": (m, c),
        }
        for name, shape in empty.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def recent_fakes(self) -> Tensor:
        """Return the pooled layers (m, c) of the fakes remembered, at most as many as the queue holds."""
        recent = self.get_buffer("recent")
        return recent[: min(int(self.get_buffer("seen")), len(recent))]

    def remember(self, pooled: Tensor) -> None:
        """Put a batch of fakes in the place of the oldest."""
        recent, seen = self.get_buffer("recent"), self.get_buffer("seen")
        if len(recent):
            keep = min(len(pooled), len(recent))
            place = (int(seen) + torch.arange(keep, device=recent.device)) % len(recent)
            recent[place] = pooled[:keep].detach()
            seen += keep

    def running(self, name: str, now: Tensor, share: float) -> Tensor:
        """Return and keep the running moment `name` after a batch whose moment is `now`, which counts by share."""
        kept = self.get_buffer(name)
        mixed = (1 - share) * kept + share * now
        kept.copy_(mixed.detach())
        return mixed


class FeatureMoments(ThroughNetwork):
    """Move the moments of a network's layers to those of all real images.

    loss = mean over layers of [sum_i (m_i - mu_i)^2 + (s_i - sigma_i)^2] / sum_i sigma_i^2 over all units i of a layer
    + bures * W2^2(pooled layers) / c + local * local distance. m and s are averaged over recent batches, and scaled so that a
    batch's gradient is that of its own moments. Sources: dossantos2019, Eq. 3 and 5; gelbrich1990.
    """

    key = "feature-moments"
    label = "Moments in features"
    reference = "dossantos2019"
    formula = (
        r"\sum_l\frac{\sum_{i\in l}(m_i-\mu_i)^2+(s_i-\sigma_i)^2}{L\sum_{i\in l}\sigma_i^2}"
        r"+\beta\frac{B^2(\bar\phi(x),\bar\phi(y))}{c}+\lambda L_{\mathrm{local}}"
    )
    cost = "one forward and backward of the feature network and the eigenvalues of one c x c matrix; all images once at the start"
    order = 12
    Settings = FeatureMomentsSettings

    def layout(self, shapes: Shapes) -> nn.Module:
        return MomentMemory(shapes, self.settings)

    @torch.no_grad()
    def begin(self, population: Iterable[Tensor], generator: torch.Generator) -> None:
        memory, n = self._memory(), 0
        total = square = pooled_total = pooled_square = torch.zeros((), dtype=torch.float64)
        for batch in population:
            maps = self.maps(batch, generator)
            units, means = _units(maps).cpu().double(), _means(maps).cpu().double()
            n += len(batch)
            total, square = total + units.sum(dim=0), square + units.square().sum(dim=0)
            pooled_total, pooled_square = pooled_total + means.sum(dim=0), pooled_square + means.T @ means
        mean, pooled_mean = total / n, pooled_total / n
        memory.get_buffer("unit_mean").copy_(mean)
        memory.get_buffer("unit_deviation").copy_((square / n - mean.square()).clamp(min=0).sqrt())
        covariance = (pooled_square - n * torch.outer(pooled_mean, pooled_mean)) / (n - 1)
        spread = covariance.diagonal().clamp(min=0).sqrt()
        spread = torch.where(spread > 1e-3 * spread.max(), spread, spread.max().clamp(min=LEAST))
        memory.get_buffer("spread").copy_(spread)
        memory.get_buffer("mean").copy_(pooled_mean / spread)
        memory.get_buffer("root").copy_(symmetric_root(covariance / torch.outer(spread, spread)))

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        memory, own = self._memory(), self.settings
        maps = self.maps(fake, generator)
        loss = self._unit_loss(memory, _units(maps))
        if own.feature_moments_bures:
            pooled, recent = _means(maps) / memory.get_buffer("spread"), memory.recent_fakes()
            distance = bures_squared(torch.cat([recent, pooled]), memory.get_buffer("mean"), memory.get_buffer("root"))
            moving = whole_gradient(distance, len(pooled) / (len(recent) + len(pooled)))
            loss = loss + own.feature_moments_bures * moving / pooled.shape[1]
            memory.remember(pooled)
        if own.feature_moments_local:
            loss = loss + own.feature_moments_local * local_distance(real, fake, n_projections, generator)
        return loss

    def _unit_loss(self, memory: MomentMemory, units: Tensor) -> Tensor:
        steps = memory.get_buffer("steps")
        steps += 1
        share = 1 / min(int(steps), self.settings.feature_moments_window)
        mean = memory.running("fake_mean", units.mean(dim=0), share)
        square = memory.running("fake_square", units.square().mean(dim=0), share)
        sizes = memory.sizes
        reals = (memory.get_buffer(name).split(sizes) for name in ("unit_mean", "unit_deviation"))
        parts = [
            diagonal_bures_squared(m, s, mu, sigma) / sigma.square().sum().clamp(min=LEAST)
            for m, s, mu, sigma in zip(mean.split(sizes), square.split(sizes), *reals, strict=True)
        ]
        distance = torch.stack(parts).mean()
        return whole_gradient(distance, share)

    def _memory(self) -> MomentMemory:
        assert isinstance(self.memory, MomentMemory)
        return self.memory


def _units(maps: list[Tensor]) -> Tensor:
    return torch.cat([m.flatten(1) for m in maps], dim=1)


def _means(maps: list[Tensor]) -> Tensor:
    return torch.cat([m.flatten(2).mean(dim=2) for m in maps], dim=1)
