"""The committed CSV: prescribed headers, feature spaces side by side, empty where nothing was measured."""

from __future__ import annotations

import csv
import io
import math

import pytest

from tdot_core.metrics.value import MetricValue, aggregate
from tdot_core.recipe.benchmark_csv import HEADER, to_benchmark_csv
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row

PRESCRIBED = [
    "prior",
    "run",
    "t_star",
    "t_train",
    "sampler",
    "steps",
    "nfe",
    "seconds",
    "fd_cnn",
    "fd_cnn_sd",
    "fid_64",
    "fid_64_sd",
    "fid_192",
    "fid_768",
    "recall_dist",
    "precision_dist",
    "precision",
    "recall",
    "density",
    "coverage",
    "n",
    "sets",
]


def read(*rows: EvaluationRow) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(to_benchmark_csv(rows))))


def test_the_headers_begin_as_prescribed() -> None:
    assert list(HEADER[: len(PRESCRIBED)]) == PRESCRIBED


def test_one_line_per_setting_with_every_feature_space() -> None:
    three = aggregate([MetricValue(v, None, 64, 100) for v in (4.0, 5.0, 9.0)])
    rows = [
        row("vae", metrics={"fd": three, "recall": MetricValue(0.25, None, 64, 100)}, sets=3),
        row("vae", 2.5, extractor="inception", layer="64", n=32),
        row("vae", 7.0, t_star=100, extractor="inception", layer="768", n=16, sets=1),
    ]
    first, second = read(*rows)
    assert float(first["fd_cnn"]) == 6 and float(first["fd_cnn_sd"]) == pytest.approx(math.sqrt(7), rel=1e-5)
    assert (first["fid_64"], first["fid_64_n"], first["fid_768"], first["recall"]) == ("2.5", "32", "", "0.25")
    assert (first["n"], first["sets"], first["coverage"]) == ("64", "3", "")
    assert (second["t_star"], second["fid_768"], second["fid_768_n"], second["fd_cnn"], second["n"]) == (
        "100",
        "7.0",
        "16",
        "",
        "",
    )


def test_of_two_rows_for_one_cell_the_larger_counts_and_real_images_are_left_out() -> None:
    lines = read(row(fd=1.0, n=8), row(fd=2.0, n=80), row(fd=3.0, n=9), row("real", t_star=None))
    assert [line["fd_cnn"] for line in lines] == ["2.0"]


def test_a_data_set_behind_a_prior_is_not_part_of_its_name_and_unmeasured_is_empty() -> None:
    (line,) = read(row("oracle:cifar10", None, seconds_chain=None))
    assert (line["prior"], line["fd_cnn"], line["seconds"]) == ("oracle", "", "")


def test_every_cell_but_the_names_is_a_number() -> None:
    for line in read(row(), row("gan", sampler="dpmpp-2m")):
        for name, value in line.items():
            if name not in ("prior", "run", "sampler", "net", "grid") and value:
                assert math.isfinite(float(value)), name
