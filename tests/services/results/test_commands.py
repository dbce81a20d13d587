"""The commands of rows, parsed by the program itself and, once, run."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest

from tdot_core.__main__ import build_parser, command_modules, main
from tdot_core.commands.evaluate import _spec
from tdot_core.metrics.value import MetricValue
from tdot_core.progress import finish
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.commands import command_of, commands_of
from tdot_core.services.results.rows import EvaluationRow, read_rows
from tdot_core.services.runs.store import list_runs

SPECS = (
    EvaluationSpec(("ot",)),
    EvaluationSpec(("vanilla", "oracle:cifar10"), t_stars=(10, 50), samplers=("ddim", "ddpm"), n=500, sets=2, seed=9, prior_error=True),
    EvaluationSpec(
        ("ot-1",), n_steps=7, eta=1 / 3, clip_x0=False, precision="bf16", net="google/ddpm-cifar10-32", extractor="inception",
        layers=("64", "768"), metrics=("fd", "recall"), include_floor=False, device="cpu", dataset="flowers-v1.5",
    ),
    EvaluationSpec(images=("/a folder/of 'images'", "/x.npz"), statistics="/s.npz"),
    EvaluationSpec(images=("/x.npz",), real="/a folder", extractor="inception"),
)  # fmt: skip


def asked(command: str) -> EvaluationSpec:
    """Return what the program understands."""
    arguments = shlex.split(command)
    assert arguments[:3] == ["python", "-m", "tdot_core"]
    args, extra = build_parser(command_modules()).parse_known_args(arguments[3:])
    assert not extra
    return _spec(args)


def cells(spec: EvaluationSpec) -> list[tuple[str, int, str, str]]:
    return list(itertools.product(spec.priors, spec.t_stars, spec.samplers, spec.layers))


def several(row: EvaluationRow, *axes: Sequence[object]) -> list[EvaluationRow]:
    """Return the row at every combination of prior, t_star, sampler and layer."""
    names = ("prior", "t_star", "sampler", "layer")
    return [
        dataclasses.replace(row, run="", **dict(zip(names, cell, strict=True))) for cell in itertools.product(*axes)
    ]


@pytest.mark.parametrize("spec", SPECS)
def test_the_command_of_an_evaluation_asks_for_it(spec: EvaluationSpec) -> None:
    assert asked(command_of(json.loads(json.dumps(spec.plain())))) == spec


@pytest.mark.parametrize("shuffle", range(4))
def test_rows_of_one_setting_make_one_command_in_any_order_and_number(row: EvaluationRow, shuffle: int) -> None:
    rows = several(row, ("vanilla", "oracle:cifar10"), (10, 50), ("ddim", "dpmpp-2m"), ("64", "192"))
    (command,) = commands_of(random.Random(shuffle).sample(rows * 2, 2 * len(rows)))
    spec = asked(command)
    assert sorted(cells(spec)) == sorted((r.prior, r.t_star, r.sampler, r.layer) for r in rows)
    assert (spec.n, spec.sets, spec.seed, spec.dataset) == (row.n, row.sets, row.seed, row.dataset)
    assert (spec.extractor, spec.include_floor, spec.metrics) == ("inception", False, tuple(row.metrics))


@pytest.mark.parametrize("left_out", range(16))
def test_what_is_no_product_takes_more_commands_and_asks_for_nothing_else(row: EvaluationRow, left_out: int) -> None:
    rows = several(row, ("vanilla", "ot"), (10, 50), ("ddim", "ddpm"), ("64", "192"))
    del rows[left_out]
    found = [cell for command in commands_of(rows) for cell in cells(asked(command))]
    assert sorted(found) == sorted((r.prior, r.t_star, r.sampler, r.layer) for r in rows)


def test_every_setting_of_a_row_comes_back(row: EvaluationRow) -> None:
    other = dataclasses.replace(
        row,
        eta=1 / 3,
        n_steps=7,
        n=33,
        sets=2,
        seed=9,
        clip_x0=False,
        precision="bf16",
        net="google/ddpm-cifar10-32",
        start={"sliced": row.metrics["fd"]},
        dataset="flowers-v1.5",
    )
    assert asked(commands_of([other])[0]) == EvaluationSpec(
        priors=("ot-1",),
        n_steps=7,
        eta=1 / 3,
        n=33,
        sets=2,
        seed=9,
        dataset="flowers-v1.5",
        extractor="inception",
        layers=("64",),
        metrics=tuple(row.metrics),
        clip_x0=False,
        precision="bf16",
        net="google/ddpm-cifar10-32",
        include_floor=False,
        prior_error=True,
    )


def test_rows_that_nobody_can_ask_for_have_no_command(row: EvaluationRow) -> None:
    real, file = dataclasses.replace(row, t_star=None), dataclasses.replace(row, dataset="other.npz")
    refused = dataclasses.replace(row, metrics={"fd": MetricValue(None, None, 0, 0, 1)})
    assert commands_of([real, file, refused]) == []


def test_the_command_measures_the_same_row_again(measuring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = EvaluationSpec(
        ("ot", "vanilla"), t_stars=(20,), n_steps=2, n=24, seed=3, dataset="digits", include_floor=False
    )
    rows = list(finish(evaluate(spec)))
    (command,) = commands_of(rows)
    before = {run.id for run in list_runs("evaluation")}
    assert main(shlex.split(command)[3:]) == 0
    (made,) = [run for run in list_runs("evaluation") if run.id not in before]
    assert [(r.fingerprint, r.metrics) for r in read_rows(made)] == [(r.fingerprint, r.metrics) for r in rows]
