"""What a prior gets wrong before the chain begins: its x_{t*} against true x_{t*}."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.maths.bures import bures_distance
from tdot_core.maths.forward import add_noise
from tdot_core.maths.objectives.sliced import random_directions, sliced_wasserstein
from tdot_core.maths.quantise import from_uint8
from tdot_core.maths.streams import normal
from tdot_core.metrics.statistics import Statistics
from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.progress import Progress
from tdot_core.services.compute.chunks import chunk_of, run_chunks
from tdot_core.services.datasets import Dataset, load_dataset
from tdot_core.services.datasets.moments import pixel_moments
from tdot_core.services.evaluation.kept_values import keep_value, kept_value, value_path
from tdot_core.services.evaluation.plan import Plan, PlannedCell
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.results.error_split import START
from tdot_core.services.sampling.generate import draw_start
from tdot_core.services.sampling.loading import LoadedPrior, load_prior

PROJECTIONS, MOST = 500, 2000
TRUE_SEED = 2**62
"""Noise of true samples: far above the image seeds that people choose, so that it never is the prior's own."""

Values = dict[str, MetricValue]


@dataclass
class Starts:
    """Measure x_{t*} of priors against the noised training images, and true test images alike as the floor."""

    plan: Plan
    data: Dataset | None
    why: str = ""
    _moments: Statistics | None = None
    _factors: dict[int, npt.NDArray[np.float64]] = field(default_factory=dict)
    _floors: dict[int, Values] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Return the hash of the true side."""
        return hashlib.sha256(json.dumps(["starts", self.data.info.id if self.data else self.why]).encode()).hexdigest()

    def measure(self, cell: PlannedCell) -> Generator[Progress, None, Values]:
        """Return sliced (Wasserstein) and bures at x_{t*}, with sliced_floor and bures_floor: the same for true test images.

        Root mean squared over 500 projections, and the distance of the fitted Gaussian to the closed-form moments; at most
        2,000 images of each set. Spread over the sets. Without the data set every value is not measured, with the reason.
        """
        if self.data is None:
            return {key: MetricValue(None, note=self.why) for key in START}
        found = yield from self._distances(cell.prior, cell.t_star)
        if cell.t_star not in self._floors:
            self._floors[cell.t_star] = yield from self._floor(cell.t_star)
        return {**found, **{f"{key}_floor": value for key, value in self._floors[cell.t_star].items()}}

    def _floor(self, t_star: int) -> Generator[Progress, None, Values]:
        assert self.data is not None
        if self.data.info.n_test < 2:
            why = f"{self.data.info.name} has no test images that could show the floor."
            return {key: MetricValue(None, note=why) for key in ("sliced", "bures")}
        oracle = load_prior("oracle", self.plan.device, self.data.info.name)
        return (yield from self._distances(oracle, t_star))

    def _distances(self, prior: LoadedPrior, t_star: int) -> Generator[Progress, None, Values]:
        spec, n = self.plan.spec, min(self.plan.spec.n, MOST, self._n_train())
        sets: dict[str, list[MetricValue]] = {"sliced": [], "bures": []}
        for k in range(spec.sets):
            first = spec.seed + k * spec.n
            schedule = self.plan.denoiser.schedule
            facts = [prior.key, prior.t_train, prior.fingerprint, t_star, first, n, schedule.name, schedule.T]
            paths = {key: value_path(self.digest, json.dumps([*facts, k]), f"start {key}", __name__) for key in sets}
            values = {key: kept_value(path) for key, path in paths.items()}
            if None in values.values():
                yield Progress(k, spec.sets, {}, "prior error at t*")
                x = self._drawn(prior, range(first, first + n), t_star)
                values = {"sliced": self._sliced(x, t_star, k), "bures": (yield from self._bures(x, t_star))}
                for key, value in values.items():
                    assert value is not None
                    keep_value(paths[key], value)
            for key, value in values.items():
                assert value is not None
                sets[key].append(value)
        return {key: aggregate(found) for key, found in sets.items()}

    def _n_train(self) -> int:
        assert self.data is not None
        return self.data.info.n_train

    def _drawn(self, prior: LoadedPrior, seeds: Sequence[int], t_star: int) -> Tensor:
        """Return x_{t*} (n, 3072), drawn in the padded chunks of the sampling service, so that it is the same there."""
        schedule, size = self.plan.denoiser.schedule, chunk_of(self.plan.device)

        def draw(part: Sequence[int]) -> Tensor:
            padded = [*part, *[part[-1]] * (size - len(part))]
            with torch.inference_mode():
                return draw_start(prior, padded, t_star, schedule)[: len(part)].flatten(1)

        parts = [seeds[k : k + size] for k in range(0, len(seeds), size)]
        return torch.cat(list(run_chunks(draw, parts, self.plan.device)))

    def _sliced(self, x: Tensor, t_star: int, k: int) -> MetricValue:
        assert self.data is not None
        n, n_train = len(x), self._n_train()
        order = taking_order(n_train)
        rows = order[np.arange(k * n, (k + 1) * n) % n_train]
        images = np.asarray(self.data.images("train")[np.sort(rows)])
        noise = normal(range(TRUE_SEED + k * n, TRUE_SEED + (k + 1) * n), "lift", IMAGE_SHAPE)
        true = add_noise(from_uint8(torch.from_numpy(images)), noise, t_star, self.plan.denoiser.schedule).flatten(1)
        theta = random_directions(x.shape[1], PROJECTIONS, torch.Generator().manual_seed(0))
        return MetricValue(float(sliced_wasserstein(true, x, theta).sqrt()), None, n, n)

    def _bures(self, x: Tensor, t_star: int) -> Generator[Progress, None, MetricValue]:
        assert self.data is not None
        if self._moments is None:
            self._moments = yield from pixel_moments(self.data)
        alpha_bar = float(self.plan.denoiser.schedule.alpha_bar[t_star])
        if t_star not in self._factors:
            cov = alpha_bar * self._moments.cov_f + (1 - alpha_bar) * np.eye(x.shape[1])
            self._factors[t_star] = np.linalg.cholesky(cov).astype(np.float64, copy=False)
        value = bures_distance(x.numpy(), np.sqrt(alpha_bar) * self._moments.mean_f, self._factors[t_star])
        return MetricValue(value, None, len(x), self._moments.n or 0)


def starts_of(plan: Plan) -> Starts:
    """Return what measures the starts of a plan; without its data set it says why nothing is measured."""
    try:
        return Starts(plan, load_dataset(plan.spec.dataset))
    except TdotError as error:
        return Starts(plan, None, f"Needs the training images of {plan.spec.dataset}. {error}")
