"""The commands that measure given rows again."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import PurePath

from tdot_core.maths.chain import sampler_eta
from tdot_core.services.evaluation.rows import EvaluationRow

Cells = dict[tuple[int, str], dict[str, list[str]]]
"""By t_star and sampler: the priors, each with its layers."""


def commands_of(rows: Iterable[EvaluationRow]) -> list[str]:
    """Return `python -m tdot_core evaluate` lines that measure the rows again, as few as their settings allow.

    Rows without a chain (real images, images made elsewhere) and those compared with a statistics file have no such line.
    """
    groups: dict[tuple[str, ...], Cells] = {}
    for row in rows:
        if row.t_star is None or PurePath(row.dataset).suffix:
            continue
        layers = groups.setdefault(_settings(row), {}).setdefault((row.t_star, row.sampler), {})
        layers.setdefault(row.run or row.prior, []).append(row.layer)
    return [
        shlex.join(["python", "-m", "tdot_core", "evaluate", *_repeated("prior", priors), *_repeated("t-star", t_stars),
                    *_repeated("sampler", samplers), *settings, *_repeated("layer", layers)])
        for settings, cells in groups.items()
        for priors, layers, t_stars, samplers in _products(cells)
    ]  # fmt: skip


def _settings(row: EvaluationRow) -> tuple[str, ...]:
    """Return the options that all rows of one command share."""
    own_eta = sampler_eta(row.sampler, row.eta) != sampler_eta(row.sampler)
    return (
        "--steps", str(row.n_steps), *(("--eta", f"{row.eta:g}") if own_eta else ()), "--n", str(row.n), "--sets", str(row.sets),
        "--seed", str(row.seed), "--dataset", row.dataset, "--extractor", row.extractor, "--net", row.net,
        "--precision", row.precision, *(() if row.clip_x0 else ("--no-clip",)), "--no-floor",
    )  # fmt: skip


def _products(cells: Cells) -> list[tuple[Sequence[str], Sequence[str], list[str], list[str]]]:
    """Return priors, layers, t_stars and samplers whose combinations make up the cells: what differs in one thing goes together."""
    by_choice: dict[tuple[tuple[str, ...], tuple[str, ...], str], list[str]] = {}
    for (t_star, sampler), priors in cells.items():
        by_layers: dict[tuple[str, ...], list[str]] = {}
        for prior, layers in priors.items():
            by_layers.setdefault(tuple(layers), []).append(prior)
        for layer, names in by_layers.items():
            by_choice.setdefault((tuple(names), layer, sampler), []).append(str(t_star))
    together: dict[tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for (names, layer, sampler), t_stars in by_choice.items():
        together.setdefault((names, layer, tuple(t_stars)), []).append(sampler)
    return [(names, layer, list(t_stars), samplers) for (names, layer, t_stars), samplers in together.items()]


def _repeated(option: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (f"--{option}", value)]
