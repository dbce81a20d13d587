"""UniPC: a multistep predictor whose every step the next denoiser call corrects, at no further call."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from torch import Tensor

from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule, log_snr

Known = list[tuple[int, Tensor]]
"""(time, x0_hat) of the calls before, the latest last."""


def _weights(ratios: list[float], h: float) -> list[float]:
    """Return the weights of the differences at r_i h, i = 1..p, that make the step exact for polynomials of x0 (Eq. 11, B = e^h - 1)."""
    order, hh = len(ratios), -h
    phi, factorial, right = math.expm1(hh) / hh - 1, 1.0, []
    for i in range(1, order + 1):
        right.append(phi * factorial / math.expm1(hh))
        factorial *= i + 1
        phi = phi / hh - 1 / factorial
    left = np.vander(ratios, order, increasing=True).T
    return [float(w) for w in np.linalg.solve(left, right)]


def unipc_step(
    x_t: Tensor, known: Known, s: int, schedule: NoiseSchedule, order: int, at_s: Tensor | None = None
) -> Tensor:
    """Return x_s by the predictor UniP-p, or given x0_hat at s the corrector UniC-p (zhao2023unipc, Algorithms 5 and 6, B_2).

    x_t: (b, ...) at the time of known[-1]; known: at least `order` pairs for the predictor and the corrector alike; s: below that
    time and above 0; order p: 1, 2 or 3; at_s: the denoiser's x0_hat at s. In data prediction.
    """
    t, x0_hat = known[-1]
    lambda_t, h = log_snr(t, schedule), log_snr(s, schedule) - log_snr(t, schedule)
    ab_t, ab_s = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
    ratios = [(log_snr(time, schedule) - lambda_t) / h for time, _ in known[-2 : -order - 1 : -1]]
    differences = [(x0 - x0_hat) / r for r, (_, x0) in zip(ratios, known[-2 : -order - 1 : -1], strict=True)]
    if at_s is not None:
        # The published first-order corrector halves the difference, as every solver of this family does.
        weights = _weights([*ratios, 1.0], h) if order > 1 else [0.5]
        differences.append(at_s - x0_hat)
    else:
        # Of one ratio, the published solver takes the limit of small steps.
        weights = [0.5] if order == 2 else _weights(ratios, h) if order > 2 else []
    shrink = math.expm1(-h)
    base = math.sqrt((1 - ab_s) / (1 - ab_t)) * x_t - math.sqrt(ab_s) * shrink * x0_hat
    for weight, difference in zip(weights, differences, strict=True):
        base = base - math.sqrt(ab_s) * shrink * weight * difference
    return base


class UniPC(Sampler):
    """Predict with UniP-2, correct with UniC-2 from the same call; first order at both ends (zhao2023unipc)."""

    key = "unipc"
    label = "UniPC (order 2)"
    reference = "zhao2023unipc"
    rank = 4
    order = 2

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        known: Known = []
        before, used = x, 0
        for k, (t, s) in enumerate(pairwise(grid)):
            x0_hat, _ = denoise(x, t)
            if known:
                x = unipc_step(before, known, t, schedule, used, at_s=x0_hat)
            known.append((t, x0_hat))
            del known[: -self.order]
            if s == 0:
                yield x0_hat, x0_hat
                return
            # As published: the last steps fall back to lower orders, since nothing follows that could correct them.
            before, used = x, min(self.order, len(grid) - 1 - k, len(known))
            x = unipc_step(x, known, s, schedule, used)
            yield x, x0_hat


class UniPC3(UniPC):
    """The same with order 3."""

    key = "unipc-3"
    label = "UniPC (order 3)"
    rank = 5
    order = 3
