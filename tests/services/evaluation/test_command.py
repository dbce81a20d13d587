"""The commands of rows, parsed by the program itself and, once, run."""

from __future__ import annotations

import dataclasses
import itertools
import shlex
from pathlib import Path

import pytest

from tdot_core.__main__ import build_parser, command_modules, main
from tdot_core.commands.evaluate import _spec
from tdot_core.progress import finish
from tdot_core.services.evaluation import EvaluationRow, EvaluationSpec, evaluate, read_rows
from tdot_core.services.evaluation.command import commands_of
from tdot_core.services.runs.store import list_runs


def asked(command: str) -> EvaluationSpec:
    """Return what the program understands."""
    arguments = shlex.split(command)
    assert arguments[:3] == ["python", "-m", "tdot_core"]
    args, extra = build_parser(command_modules()).parse_known_args(arguments[3:])
    assert not extra
    return _spec(args)


def cells(spec: EvaluationSpec) -> set[tuple[str, int, str, str, int, int]]:
    choices = itertools.product(spec.priors, spec.t_stars, spec.samplers, spec.layers)
    return {(*choice, spec.n, spec.sets) for choice in choices}


def test_rows_of_one_setting_make_one_command_that_asks_for_them_alone(row: EvaluationRow) -> None:
    rows = [
        dataclasses.replace(row, prior=prior, run="", t_star=t_star, sampler=sampler, layer=layer)
        for prior, t_star, sampler, layer in itertools.product(
            ("vanilla", "oracle:cifar10"), (10, 50), ("ddim", "dpmpp-2m"), ("64", "192")
        )
    ]
    (command,) = commands_of(rows)
    spec = asked(command)
    assert cells(spec) == {(r.prior, r.t_star, r.sampler, r.layer, r.n, r.sets) for r in rows}
    assert (spec.seed, spec.dataset, spec.extractor, spec.include_floor) == (0, "cifar10", "inception", False)


@pytest.mark.parametrize("left_out", range(8))
def test_what_is_no_product_takes_more_commands_and_asks_for_nothing_else(row: EvaluationRow, left_out: int) -> None:
    rows = [
        dataclasses.replace(row, run="", prior=prior, t_star=t_star, sampler=sampler)
        for prior, t_star, sampler in itertools.product(("vanilla", "ot"), (10, 50), ("ddim", "ddpm"))
    ]
    del rows[left_out]
    found = [cell for command in commands_of(rows) for cell in cells(asked(command))]
    assert len(found) == len(set(found)) == 7
    assert set(found) == {(r.prior, r.t_star, r.sampler, r.layer, r.n, r.sets) for r in rows}


def test_every_setting_comes_back(row: EvaluationRow) -> None:
    other = dataclasses.replace(
        row, eta=0.5, n_steps=7, n=33, sets=2, seed=9, clip_x0=False, precision="bf16", net="google/ddpm-cifar10-32"
    )
    spec = asked(commands_of([other])[0])
    assert spec == EvaluationSpec(
        priors=("ot-1",), t_stars=(10,), n_steps=7, samplers=("ddim",), eta=0.5, n=33, sets=2, seed=9, dataset="cifar10",
        extractor="inception", layers=("64",), clip_x0=False, precision="bf16", net="google/ddpm-cifar10-32", include_floor=False,
    )  # fmt: skip


def test_real_images_and_a_statistics_file_have_no_command(row: EvaluationRow) -> None:
    assert commands_of([dataclasses.replace(row, t_star=None), dataclasses.replace(row, dataset="other.npz")]) == []


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
