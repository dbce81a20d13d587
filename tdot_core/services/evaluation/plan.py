"""What an evaluation will do, row by row, checked before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import torch

from tdot_core.errors import TdotError, unknown_name
from tdot_core.services.datasets import load_dataset
from tdot_core.services.device import find_device
from tdot_core.services.evaluation.decomposition import ORACLE
from tdot_core.services.evaluation.draws import Draw
from tdot_core.services.evaluation.given import check_outside, given_statistics
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.extractors import LAYERS, available_extractors
from tdot_core.services.loading import LoadedNet, LoadedPrior, load_prior, waiting_net
from tdot_core.services.references import shipped_references
from tdot_core.services.sampling import SampleSettings, check_priors


@dataclass(frozen=True)
class Cell:
    """Plan one row. refusal: why its prior cannot serve, in a sentence; empty when it can."""

    prior: LoadedPrior
    t_star: int
    sampler: str
    refusal: str = ""

    @property
    def title(self) -> str:
        """Return its name for people."""
        return f"{self.prior.label} at t* = {self.t_star}, {self.sampler}"


@dataclass(frozen=True)
class Plan:
    """Hold the rows to make, in order, with what draws them."""

    spec: EvaluationSpec
    net: LoadedNet | None
    device: torch.device
    cells: tuple[Cell, ...]

    @property
    def denoiser(self) -> LoadedNet:
        """Return the denoiser, which is there whenever a prior is."""
        assert self.net is not None
        return self.net

    def settings(self, cell: Cell, k: int) -> SampleSettings:
        """Return the settings of independent set k: image seeds seed + k n .. seed + (k + 1) n - 1."""
        spec = self.spec
        eta = spec.eta if cell.sampler == "ddim" else None
        return SampleSettings(
            cell.t_star, spec.n_steps, cell.sampler, eta, spec.seed + k * spec.n, spec.n, spec.clip_x0
        )

    def draw(self, cell: Cell, k: int) -> Draw:
        """Return the images of independent set k."""
        return Draw(cell.prior, self.denoiser, self.settings(cell, k), self.device)


def make_plan(spec: EvaluationSpec, weights: str | Path | None = None) -> Plan:
    """Load the denoiser and every prior and pair them with the settings; nothing is drawn or downloaded.

    A prior that cannot serve some t_star or the denoiser's schedule gets a refusal there. weights: a path for extractor
    inception. Raises TdotError for a prior, denoiser, device, data set, extractor or layer that does not exist, and when
    no row could be measured.
    """
    _check_extractor(spec, weights)
    if spec.statistics:
        given_statistics(spec)
    else:
        _check_dataset(spec)
    for source in spec.images:
        check_outside(source)
    device = find_device(spec.device)
    net = waiting_net(spec.net, device, spec.precision) if spec.priors else None
    priors = [load_prior(name, device, spec.dataset) for name in _names(spec)]
    plan = Plan(spec, net, device, ())
    cells = [Cell(prior, t, sampler) for prior in priors for t in spec.t_stars for sampler in spec.samplers]
    checked = tuple(replace(cell, refusal=_refusal(plan, cell)) for cell in cells)
    if checked and not spec.images and all(cell.refusal for cell in checked):
        raise TdotError(checked[0].refusal)
    return replace(plan, cells=checked)


def _refusal(plan: Plan, cell: Cell) -> str:
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


def _check_extractor(spec: EvaluationSpec, weights: str | Path | None) -> None:
    if spec.extractor not in LAYERS:
        raise unknown_name("extractor", spec.extractor, LAYERS)
    for layer in spec.layers:
        if layer not in LAYERS[spec.extractor]:
            raise unknown_name(f"layer of {spec.extractor}", layer, LAYERS[spec.extractor])
    if weights is not None and spec.extractor != "inception":
        raise TdotError(f"--weights is for extractor inception; {spec.extractor} uses its best run.")
    info = next(info for info in available_extractors(weights) if info.key == spec.extractor)
    if not info.layers or (spec.extractor == "cifar-cnn" and not info.ready):
        raise TdotError(f"Extractor {spec.extractor} cannot be used. {info.note}")
    for layer in spec.layers:
        if layer not in info.layers:
            raise TdotError(
                f"Layer {layer} of {spec.extractor} is not measured: the weights file lacks it. "
                f"Choose one of {', '.join(info.layers)}, or a complete weights file."
            )


def _check_dataset(spec: EvaluationSpec) -> None:
    try:
        load_dataset(spec.dataset)
    except TdotError:
        shipped = {(info.dataset, info.extractor) for info in shipped_references()}
        if (spec.dataset, spec.extractor) not in shipped:
            raise
