"""Transport in features: fixed slices of a network's layers, the real side from all images, the fake side ranked in a queue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tdot_core.config import setting
from tdot_core.maths.objectives.through_network import Shapes, ThroughNetwork, local_distance, whole_gradient

SIDES = (1, 3)
LEAST = 1e-6


@dataclass(frozen=True)
class FeatureSlicedSettings:
    """Settings of the slices in features."""

    feature_sliced_slices: int = setting(
        384, "Fixed slices over all layers together", low=3, high=100_000, advanced=True
    )
    feature_sliced_quantiles: int = setting(256, "Quantiles kept of each slice", low=2, high=50_000, advanced=True)
    feature_sliced_queue: int = setting(
        2048, "Recent fakes that a batch is ranked among; 0 for the batch alone", low=0, high=100_000, advanced=True
    )
    feature_sliced_bures: float = setting(
        1.0, "Weight of the Bures distance of the pooled last layer", low=0.0, high=1000.0, advanced=True
    )
    feature_sliced_local: float = setting(
        1.0, "Weight of the sliced distance on random patches (local)", low=0.0, high=1000.0, advanced=True
    )


def quantile_targets(projected: Tensor, recent: Tensor, quantiles: Tensor) -> Tensor:
    """Return where transport moves each projection: the real quantile at its rank among itself and recent fakes, (b, K).

    projected: (b, K); recent: (m, K), earlier fakes, m >= 0; quantiles: (K, Q), real ones at levels (q + 1/2) / Q, between
    which they are interpolated. With m = 0 and Q = b these are the sorted reals: the transport of a line.
    Source: bonneel2015, Eq. 9.
    """
    everyone = torch.cat([recent, projected]).T.sort(dim=1).values.contiguous()
    ours = projected.T.contiguous()
    below, up_to = (torch.searchsorted(everyone, ours, right=side) for side in (False, True))
    level = (below + up_to).to(projected.dtype) / (2 * everyone.shape[1])
    n = quantiles.shape[1]
    place = (level * n - 0.5).clamp(0, n - 1)
    low = place.floor().long()
    high = (low + 1).clamp(max=n - 1)
    share = place - low
    return (quantiles.gather(1, low) * (1 - share) + quantiles.gather(1, high) * share).T


def bures_squared(samples: Tensor, mean: Tensor, root: Tensor) -> Tensor:
    """Return W2^2 of the Gaussian fitted to samples (n >= 2, d) and N(mean, root root), root (d, d) symmetric.

    Equals the square of maths.bures.bures_distance, differentiably: |m - mean|^2 + tr S + tr C - 2 tr (root S root)^(1/2),
    S the unbiased covariance (gelbrich1990).
    """
    centre = samples.mean(dim=0)
    x = samples - centre
    S = x.T @ x / (len(x) - 1)
    inner = root @ S @ root
    overlap = torch.linalg.eigvalsh((inner + inner.T) / 2).clamp(min=1e-12).sqrt().sum()
    distance: Tensor = (centre - mean).square().sum() + S.trace() + root.square().sum() - 2 * overlap
    return distance


def symmetric_root(covariance: Tensor) -> Tensor:
    """Return the symmetric square root of a covariance (d, d)."""
    values, vectors = torch.linalg.eigh(covariance)
    root: Tensor = (vectors * values.clamp(min=0).sqrt()) @ vectors.T
    return root


def pooled(maps: Tensor) -> Tensor:
    """Return mean and deviation over places, (b, 2 c), of maps (b, c, h, w)."""
    flat = maps.flatten(2)
    deviation = (flat.var(dim=2, unbiased=False) + LEAST**2).sqrt()
    return torch.cat([flat.mean(dim=2), deviation], dim=1)


class LayerSlices(nn.Module):
    """K fixed slices of one layer (c, h, w): at single places, on squares of 3 places, and of pooled mean and deviation."""

    def __init__(self, shape: tuple[int, int, int], k: int) -> None:
        super().__init__()
        c, h, w = shape
        share = k // 3
        self.sides = [min(side, h, w) for side in SIDES]
        for n, side in enumerate(self.sides):
            self.register_buffer(f"theta{n}", torch.zeros((share, c, side, side)))
            self.register_buffer(f"corner{n}", torch.zeros((share, 2), dtype=torch.int64))
        self.register_buffer("theta_pooled", torch.zeros((2 * c, k - 2 * share)))
        self.size = (h, w)

    def draw(self, spread: Tensor, spread_pooled: Tensor, generator: torch.Generator) -> None:
        """Draw directions and places; a channel counts by its deviation: spread (c,), spread_pooled (2 c,)."""
        for n, side in enumerate(self.sides):
            theta, corner = self.get_buffer(f"theta{n}"), self.get_buffer(f"corner{n}")
            theta.copy_(torch.randn(theta.shape, generator=generator).to(theta.device) / spread[:, None, None])
            for axis, size in enumerate(self.size):
                drawn = torch.randint(size - side + 1, (len(corner),), generator=generator)
                corner[:, axis] = drawn.to(corner.device)
        flat = self.get_buffer("theta_pooled")
        flat.copy_(torch.randn(flat.shape, generator=generator).to(flat.device) / spread_pooled[:, None])

    def forward(self, maps: Tensor) -> Tensor:
        """Return the projections (b, K) of maps (b, c, h, w)."""
        found = []
        for n, side in enumerate(self.sides):
            theta, corner = self.get_buffer(f"theta{n}"), self.get_buffer(f"corner{n}")
            along = torch.arange(side, device=maps.device)
            rows = (corner[:, 0, None] + along)[:, :, None]
            columns = (corner[:, 1, None] + along)[:, None, :]
            found.append(torch.einsum("bckij,kcij->bk", maps[:, :, rows, columns], theta))
        return torch.cat([*found, pooled(maps) @ self.get_buffer("theta_pooled")], dim=1)


class FeatureMemory(nn.Module):
    """What feature slices remember: the slices, the reals' quantiles and moments, and the recent fakes."""

    def __init__(self, shapes: list[tuple[int, int, int]], settings: FeatureSlicedSettings) -> None:
        super().__init__()
        per_layer = max(settings.feature_sliced_slices // len(shapes), 3)
        self.layers = nn.ModuleList(LayerSlices(shape, per_layer) for shape in shapes)
        k, c, m = per_layer * len(shapes), shapes[-1][0], settings.feature_sliced_queue
        empty = {
            "quantiles": (k, settings.feature_sliced_quantiles),
            "deviation": (k,),
            "mean": (c,),
            "root": (c, c),
            "recent": (m, k),
            "recent_pooled": (m, c),
        }
        for name, shape in empty.items():
            self.register_buffer(name, torch.zeros(shape))
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))

    def project(self, maps: list[Tensor]) -> Tensor:
        """Return the projections (b, K) of all layers."""
        return torch.cat([layer(one) for layer, one in zip(self.layers, maps, strict=True)], dim=1)

    def recent_fakes(self) -> tuple[Tensor, Tensor]:
        """Return the projections and pooled last layers of the fakes remembered, at most as many as the queue holds."""
        recent = self.get_buffer("recent")
        n = min(int(self.get_buffer("seen")), len(recent))
        return recent[:n], self.get_buffer("recent_pooled")[:n]

    def remember(self, projected: Tensor, last: Tensor) -> None:
        """Put a batch of fakes in the place of the oldest."""
        recent, seen = self.get_buffer("recent"), self.get_buffer("seen")
        if len(recent):
            keep = min(len(projected), len(recent))
            place = (int(seen) + torch.arange(keep, device=recent.device)) % len(recent)
            recent[place], self.get_buffer("recent_pooled")[place] = projected[:keep].detach(), last[:keep].detach()
            seen += keep


class FeatureSliced(ThroughNetwork):
    """Compare slices of a network's layers with the quantiles of all real images, and the last layer's mean and covariance.

    loss = (1/K) sum_k W2^2 / Var_k over fixed slices of every layer + bures * W2^2(pooled) / tr C + local * local distance.
    The network is given by `attach`; the real side is measured once by `begin`. Sources: gelbrich1990; deshpande2018.
    """

    key = "feature-sliced"
    label = "Sliced Wasserstein in features"
    reference = "deshpande2018"
    formula = (
        r"\frac1K\sum_k\frac{W_2^2(\langle\phi(x),\theta_k\rangle,\langle\phi(y),\theta_k\rangle)}{\mathrm{Var}_k}"
        r"+\beta\frac{B^2(\phi(x),\phi(y))}{\mathrm{tr}\,C}+\lambda L_{\mathrm{local}}"
    )
    cost = "one forward and backward of the feature network, K sorts of queue + b numbers; all images once at the start"
    order = 11
    Settings = FeatureSlicedSettings

    def layout(self, shapes: Shapes) -> nn.Module:
        return FeatureMemory(shapes, self.settings)

    @torch.no_grad()
    def begin(self, population: Iterable[Tensor], generator: torch.Generator) -> None:
        memory = self._memory()
        projected, lasts, drawn = [], [], False
        for batch in population:
            maps = self.maps(batch, generator)
            if not drawn:
                for layer, one in zip(memory.layers, maps, strict=True):
                    assert isinstance(layer, LayerSlices)
                    layer.draw(*_spreads(one), generator)
                drawn = True
            projected.append(memory.project(maps).cpu())
            lasts.append(maps[-1].flatten(2).mean(dim=2).cpu())
        values, last = torch.cat(projected).T.sort(dim=1).values, torch.cat(lasts).double()
        quantiles = memory.get_buffer("quantiles")
        levels = (torch.arange(quantiles.shape[1]) + 0.5) / quantiles.shape[1]
        quantiles.copy_(_interpolated(values, levels))
        memory.get_buffer("deviation").copy_(values.std(dim=1, unbiased=False).clamp(min=LEAST))
        memory.get_buffer("mean").copy_(last.mean(dim=0))
        memory.get_buffer("root").copy_(symmetric_root(torch.cov(last.T).reshape(last.shape[1], -1)))

    def __call__(self, real: Tensor, fake: Tensor, n_projections: int, generator: torch.Generator) -> Tensor:
        memory, own = self._memory(), self.settings
        maps = self.maps(fake, generator)
        projected, last = memory.project(maps), maps[-1].flatten(2).mean(dim=2)
        recent, recent_last = memory.recent_fakes()
        target = quantile_targets(projected.detach(), recent, memory.get_buffer("quantiles"))
        loss = ((projected - target) / memory.get_buffer("deviation")).square().mean()
        if own.feature_sliced_bures:
            root = memory.get_buffer("root")
            distance = bures_squared(torch.cat([recent_last, last]), memory.get_buffer("mean"), root)
            moving = whole_gradient(distance, len(last) / (len(recent_last) + len(last)))
            loss = loss + own.feature_sliced_bures * moving / root.square().sum().clamp(min=LEAST)
        if own.feature_sliced_local:
            loss = loss + own.feature_sliced_local * local_distance(real, fake, n_projections, generator)
        memory.remember(projected, last)
        return loss

    def _memory(self) -> FeatureMemory:
        assert isinstance(self.memory, FeatureMemory)
        return self.memory


def _spreads(maps: Tensor) -> tuple[Tensor, Tensor]:
    """Return the deviation of each channel (c,) and of each pooled feature (2 c,), dead ones as the largest."""
    spreads = (maps.transpose(0, 1).flatten(1).std(dim=1, unbiased=False), pooled(maps).std(dim=0, unbiased=False))
    first, second = (torch.where(s > 1e-3 * s.max(), s, s.max().clamp(min=LEAST)) for s in spreads)
    return first, second


def _interpolated(values: Tensor, levels: Tensor) -> Tensor:
    """Return the quantiles (K, Q) at levels (Q,) of sorted values (K, n), value i standing at level (i + 1/2) / n."""
    n = values.shape[1]
    place = (levels * n - 0.5).clamp(0, n - 1)
    low = place.floor().long()
    high = (low + 1).clamp(max=n - 1)
    share = place - low
    return values[:, low] * (1 - share) + values[:, high] * share
