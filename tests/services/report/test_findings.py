"""What a sweep says: pivots, spreads of retraining, who leads, what closes the gap, and a real sweep on digits from end to end."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue
from tdot_core.services.report.findings import beaten, closed, leads, settings_line, table, write_findings
from tdot_core.services.report.line_chart import line_chart
from tdot_core.services.report.pivot import grids_of
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row as whole_row


def row(key: str, fd: float, label: str = "", spread: float = 0.1, **changes: Any) -> EvaluationRow:
    return whole_row(
        key, **{"label": label or key.title(), "metrics": {"fd": MetricValue(fd, spread, 64, 100, 2)}, **changes}
    )


STARTS = [
    row("gaussian", 5.0, t_train=None),
    row("oracle", 1.0, t_train=None),
    row("ot", 3.0),
    row("gan", 2.9),
    row("gaussian", 4.0, t_train=None, t_star=200),
    row("oracle", 2.0, t_train=None, t_star=200),
    row("ot", 2.5, t_star=200),
    row("ot", 0.2, "OT (features)", network="cifar-cnn"),
]


def test_starts_are_columns_and_what_a_network_taught_is_not_judged_by_it() -> None:
    (grid,) = grids_of(STARTS)
    assert grid.across == "t*" and grid.columns == (10, 200) and grid.title == "FD-cnn"
    text = table(grid)
    assert "| Gan | from scratch | **2.90 ± 0.10** | - |" in text
    assert "| OT (features) | frozen features allowed | [0.20 ± 0.10] | - |" in text
    assert "| Oracle | - | 1.00 ± 0.10 | 2.00 ± 0.10 |" in text
    assert list(leads(grid)) == [
        "t* = 10: Gan leads with 2.9 against 3 of Ot, within twice their joint spread.",
        "t* = 200: Ot leads with 2.5 against 4 of Gaussian, outside twice their joint spread.",
    ]
    # (5 - 2.9) / (5 - 1) and (4 - 2.5) / (4 - 2)
    assert [line.partition(": ")[2][:15] for line in closed(grid)] == ["Gan closes 52% ", "Ot closes 75% o"]


def test_trainings_of_several_seeds_give_the_spread_of_retraining_beside_that_of_resampling() -> None:
    rows = [row("ot", fd, "local", run=f"ot-{k}", spread=0.3) for k, fd in enumerate((2.0, 3.0, 4.0))]
    (grid,) = grids_of([*rows, row("gan", 9.0)])
    entry = grid.lines["local"][10]
    assert (entry.value, entry.retraining, entry.trainings) == (3.0, 1.0, 3)
    assert entry.spread == pytest.approx(0.3 / 3**0.5)
    assert "3.00 ± 0.17, retraining ± 1.00 (3)" in table(grid)


def test_calls_are_columns_where_several_were_tried_and_baselines_are_beaten_or_not() -> None:
    noise = [row("vanilla", fd, "Vanilla", t_star=1000, n_steps=k, t_train=None) for k, fd in ((2, 9.0), (4, 4.0))]
    start = [row("ot", fd, t_star=200, n_steps=k) for k, fd in ((2, 5.0), (4, 4.5))]
    (grid,) = grids_of([*noise, *start, row("gaussian", 4.2, t_star=400, n_steps=4, t_train=None)])
    assert grid.across == "steps" and set(grid.lines) == {"Vanilla, t* = 1000", "Ot, t* = 200", "Gaussian, t* = 400"}
    first, second = beaten(grid)
    assert "Ot, t\\* = 200 (5) beats the best baseline, Vanilla" in first and "outside" in first
    assert "does not beat the best baseline, Vanilla, t\\* = 1000 (4)" in second


def test_settings_that_all_share_are_said_once() -> None:
    said = settings_line([row("ot", 1.0), row("gan", 1.0, t_star=50)])
    assert "sampler ddim" in said and "image sets 2 x 64" in said and "t*" not in said


def test_a_chart_has_a_line_and_a_name_for_each_and_is_well_formed() -> None:
    svg = line_chart(
        "FD & more", "t*", [10, 50, 200], {"A <b>": {10: 1.0, 50: 20.0}, "B": {10: 3.0, 200: 4.0}}, quiet=["B"]
    )
    root = ET.fromstring(svg)
    tag = "{http://www.w3.org/2000/svg}"
    lines = root.findall(f"{tag}polyline")
    assert len(lines) == 2 and len(root.findall(f"{tag}circle")) == 4
    texts = [t.text for t in root.findall(f"{tag}text")]
    assert {"A <b>", "B", "FD & more", "10", "50", "200"} <= set(texts)
    first = [tuple(map(float, p.split(","))) for p in str(lines[0].get("points")).split()]
    # A logarithmic axis from 1 to 20: the smallest value is lowest, the largest highest, and a column is a step apart.
    assert first[0][1] > first[1][1] and first[1][0] - first[0][0] == pytest.approx((760 - 64 - 250) / 2, abs=0.1)
    assert ET.fromstring(line_chart("flat", "t*", [10], {"A": {10: 2.0}})) is not None


def test_nothing_finished_is_said(tmp_path: Path) -> None:
    with pytest.raises(TdotError, match="sweep run"):
        write_findings("s", [("block 1", [])], tmp_path)


SWEEP = """
name = "tiny"
[[block]]
dataset = "digits"
prior = ["gaussian"]
t_star = [10, 20]
steps = [2]
n = 24
sets = 2
extractor = "cifar-cnn"
metrics = ["fd", "sliced_wasserstein"]
[[block.train]]
prior = "ot"
settings = { objective = ["sliced"], epochs = 1, batch = 512, latent = 8, width = 8, n_projections = 8 }
seed = [0, 1]
label = "sliced"
[[block.train]]
prior = "ot"
settings = { objective = "feature-sliced", features = "cifar-cnn", epochs = 1, batch = 512, latent = 8, width = 8, n_projections = 8, feature_sliced_slices = 9, feature_sliced_quantiles = 8, feature_sliced_queue = 16 }
label = "features"
"""


def test_a_real_sweep_of_tiny_trainings_becomes_tables_and_figures(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "tiny.toml", tmp_path / "found"
    file.write_text(SWEEP)
    assert main(["sweep", "findings", str(file), "--out", str(out)]) == 2
    capsys.readouterr()
    assert main(["sweep", "run", str(file)]) == 0
    capsys.readouterr()
    assert main(["sweep", "findings", str(file), "--out", str(out), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["rows"] == 8 and all(Path(path).exists() for path in made["files"])
    page = (out / "tiny.md").read_text()
    assert "| sliced | from scratch |" in page and "retraining ±" in page and "(2)" in page
    assert "| features | frozen features allowed | [" in page and "FD-cnn" in page
    for picture in out.glob("*.svg"):
        assert picture.name in page and ET.parse(picture).getroot().tag.endswith("svg")
    assert len(list(out.glob("*.svg"))) == 2
