"""What an evaluation will do, row by row, checked before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from tdot_core.errors import TdotError
from tdot_core.maths.grid import UNIFORM
from tdot_core.maths.samplers import samplers
from tdot_core.models.extractors import extractors
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.datasets.outside import check_outside
from tdot_core.services.evaluation.real_side import given_statistics
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.extractors import check_extractor
from tdot_core.services.features.references import shipped_references
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings, check_priors
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior, load_prior, waiting_net


@dataclass(frozen=True)
class PlannedCell:
    """Plan one row. refusal: why its prior cannot serve, in a sentence; empty when it can."""

    prior: LoadedPrior
    t_star: int
    sampler: str
    grid: str
    refusal: str = ""

    @property
    def title(self) -> str:
        """Return its name for people."""
        grid = "" if self.grid == UNIFORM else f" on {self.grid}"
        return f"{self.prior.label} at t* = {self.t_star}, {self.sampler}{grid}"


@dataclass(frozen=True)
class Plan:
    """Hold the rows to make, in order, with what draws them."""

    spec: EvaluationSpec
    net: LoadedNet | None
    device: torch.device
    cells: tuple[PlannedCell, ...]

    @property
    def denoiser(self) -> LoadedNet:
        """Return the denoiser, which is there whenever a prior is."""
        assert self.net is not None
        return self.net

    def settings(self, cell: PlannedCell, k: int) -> SampleSettings:
        """Return the settings of independent set k: image seeds seed + k n .. seed + (k + 1) n - 1."""
        spec = self.spec
        eta = spec.eta if samplers.get(cell.sampler).takes_eta else None
        return SampleSettings(
            cell.t_star,
            spec.n_steps,
            cell.sampler,
            eta,
            spec.seed + k * spec.n,
            spec.n,
            spec.clip_x0,
            cell.grid,
        )

    def draw(self, cell: PlannedCell, k: int) -> Draw:
        """Return the images of independent set k."""
        return Draw(cell.prior, self.denoiser, self.settings(cell, k), self.device)


def make_plan(spec: EvaluationSpec, weights: str | Path | None = None) -> Plan:
    """Load the denoiser and every prior and pair them with the settings; nothing is drawn or downloaded.

    A prior that cannot serve some t_star or the denoiser's schedule gets a refusal there. weights: a path for an extractor
    that reads a file. Raises TdotError for a prior, denoiser, device, data set, extractor or layer that does not exist, and when
    no row could be measured.
    """
    check_extractor(spec.extractor, spec.layers, weights)
    extractors.get(spec.extractor).resize(spec.resize)
    if spec.statistics:
        given_statistics(spec)
    if not spec.brings_real:
        _check_dataset(spec)
    for source in (*spec.images, *([spec.real] if spec.real else [])):
        check_outside(source)
    device = find_device(spec.device)
    net = waiting_net(spec.net, device, spec.precision) if spec.priors else None
    priors = [load_prior(name, device, spec.dataset) for name in _names(spec)]
    plan = Plan(spec, net, device, ())
    cells = [
        PlannedCell(prior, t, sampler, grid)
        for prior in priors
        for t in spec.t_stars
        for sampler in spec.samplers
        for grid in spec.grids
    ]
    checked = tuple(replace(cell, refusal=_refusal(plan, cell)) for cell in cells)
    if checked and not spec.images and all(cell.refusal for cell in checked):
        raise TdotError(checked[0].refusal)
    return replace(plan, cells=checked)


def _refusal(plan: Plan, cell: PlannedCell) -> str:
    settings = plan.settings(cell, 0)
    settings.check(plan.denoiser.schedule)
    try:
        check_priors([cell.prior], plan.denoiser, settings)
    except TdotError as error:
        return str(error)
    return ""


def _names(spec: EvaluationSpec) -> list[str]:
    """Return the priors to evaluate: with their error split off, the oracle too, where it has test images to noise."""
    names = list(spec.priors)
    if not spec.prior_error or any(name.partition(":")[0] == ORACLE for name in names):
        return names
    try:
        has_test = load_dataset(spec.dataset).info.n_test > 0
    except TdotError:
        has_test = False
    return [*names, f"{ORACLE}:{spec.dataset}"] if has_test and names else names


def _check_dataset(spec: EvaluationSpec) -> None:
    try:
        load_dataset(spec.dataset)
    except TdotError:
        shipped = {(info.dataset, info.extractor) for info in shipped_references()}
        if (spec.dataset, spec.extractor) not in shipped:
            raise
