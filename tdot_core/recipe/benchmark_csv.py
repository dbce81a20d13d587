"""assets/benchmark.csv: one line per prior and setting, the feature spaces side by side; no torch here."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.paths import assets_root

CNN = ("cifar-cnn", "penultimate")
FAMILY = ("recall_dist", "precision_dist", "precision", "recall", "density", "coverage")
INCEPTION = ("64", "192", "768")
HEADER = (
    "prior", "run", "t_star", "t_train", "sampler", "steps", "nfe", "seconds", "fd_cnn", "fd_cnn_sd", "fid_64", "fid_64_sd",
    "fid_192", "fid_768", *FAMILY, "n", "sets", "fid_64_n", "fid_64_sets", "fid_192_n", "fid_768_n", "net", "grid",
)  # fmt: skip
"""n and sets belong to fd_cnn and what follows fid_768; the FIDs have their own at the end."""

Key = tuple[object, ...]


def csv_path() -> Path:
    """Return where the shipped CSV lies, or would."""
    return assets_root() / "benchmark.csv"


def to_benchmark_csv(rows: Sequence[EvaluationRow]) -> str:
    """Return the rows as CSV with HEADER; of several rows for one cell the one from most images counts.

    nfe: denoiser forwards per image; seconds: per image, prior and chain; *_sd: standard deviation over the sets. What is
    not measured is an empty cell.
    """
    groups: dict[Key, dict[tuple[str, str], EvaluationRow]] = {}
    for row in rows:
        if row.t_star is None:
            continue
        spaces = groups.setdefault(_cell(row), {})
        best = spaces.get((row.extractor, row.layer))
        if best is None or row.n * row.sets > best.n * best.sets:
            spaces[row.extractor, row.layer] = row
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_line(spaces) for spaces in groups.values())
    return text.getvalue()


def _cell(row: EvaluationRow) -> Key:
    # Few images in float32 and many in bf16 are one cell: the arithmetic is no setting of interest here.
    return (row.prior, *(value for name, value in row.chain.items() if name != "precision"))


def _line(spaces: dict[tuple[str, str], EvaluationRow]) -> dict[str, object]:
    most = max(spaces.values(), key=lambda row: row.n * row.sets)
    line: dict[str, object] = {
        "prior": most.prior.partition(":")[0],
        "run": most.run,
        "net": most.net,
        "t_star": most.t_star,
        "t_train": most.t_train,
        "sampler": most.sampler,
        "grid": most.grid,
        "steps": most.n_steps,
        "nfe": most.nfe,
        "seconds": _digits(most.seconds),
    }
    cnn = spaces.get(CNN)
    if cnn is not None:
        line |= {
            "fd_cnn": _value(cnn, "fd"),
            "fd_cnn_sd": _deviation(cnn.metrics.get("fd")),
            "n": cnn.n,
            "sets": cnn.sets,
        }
        line |= {key: _value(cnn, key) for key in FAMILY}
    for layer in INCEPTION:
        row = spaces.get(("inception", layer))
        if row is not None:
            line |= {f"fid_{layer}": _value(row, "fd"), f"fid_{layer}_n": row.n}
    fid_64 = spaces.get(("inception", "64"))
    if fid_64 is not None:
        line |= {"fid_64_sd": _deviation(fid_64.metrics.get("fd")), "fid_64_sets": fid_64.sets}
    return line


def _value(row: EvaluationRow, key: str) -> object:
    found = row.metrics.get(key)
    return None if found is None else _digits(found.value)


def _deviation(value: MetricValue | None) -> object:
    """Return the standard deviation over the sets from the standard error of their mean."""
    if value is None or value.spread is None:
        return None
    return _digits(value.spread * math.sqrt(value.sets))


def _digits(value: float | None) -> object:
    return None if value is None else float(f"{value:.6g}")
