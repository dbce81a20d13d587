"""Hours before anything was timed, and the same scaled by what was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tdot_core.services.datasets import load_dataset
from tdot_core.services.storage.paths import project_root
from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.document import checked, read_sweep
from tdot_core.services.sweep.estimate import CALL, FEATURES, ROW, expected_seconds
from tdot_core.services.sweep.graph import Node, build_graph
from tdot_core.services.sweep.nodes import keep_record, nodes_folder
from tdot_core.services.sweep.state import state_of
from tdot_core.services.training.pace import STEP_SECONDS

HOURS, ROWS = 8, 120
"""What the frontier may take on two cores, and how many lines its table may have."""


def graph(**block: Any) -> dict[str, Node]:
    return build_graph(cells_of(checked({"block": [{"t_star": 50, "n": 100, **block}]}, "s")), {})


def test_a_draw_takes_its_calls_and_features_and_rows_their_images() -> None:
    nodes = graph(prior="vanilla", sampler="heun", steps=[4], sets=2, precision="bf16")
    expected = {"draw": 100 * 7 * CALL["bf16"], "features": 100 * FEATURES["cifar-cnn"], "row": 200 * ROW}
    assert {node.kind: expected_seconds(node) for node in nodes.values()} == expected


def test_what_was_never_timed_is_not_known(cache: Path) -> None:
    nodes = graph(train=[{"prior": "ot"}], extractor="vgg", precision="fp64")
    assert {node.kind: expected_seconds(node) for node in nodes.values() if node.kind != "row"} == {
        "train": None,
        "draw": None,
        "features": None,
    }


def test_a_training_takes_what_its_kind_took_before(cache: Path) -> None:
    nodes = graph(train=[{"prior": "ot", "settings": {"objective": "local", "epochs": 2}}], dataset="digits")
    (seconds,) = [expected_seconds(node) for node in nodes.values() if node.kind == "train"]
    steps = load_dataset("digits").info.n_train // 128 * 2
    assert seconds == pytest.approx(steps * STEP_SECONDS["local"])


def test_the_time_left_follows_the_nodes_that_are_done(cache: Path) -> None:
    nodes = graph(prior="vanilla", steps=[2, 4, 8])
    draws = [node for node in nodes.values() if node.kind == "draw"]
    left = state_of(nodes)["kinds"]["draw"]["seconds_left"]
    assert left == pytest.approx(100 * (2 + 4 + 8) * CALL["fp32"])
    nodes_folder().mkdir(parents=True)
    keep_record(draws[0].key, {"seconds": 3 * 100 * 2 * CALL["fp32"]})
    assert state_of(nodes)["kinds"]["draw"]["seconds_left"] == pytest.approx(3 * 100 * (4 + 8) * CALL["fp32"])


def test_the_frontier_fits_its_budget_and_reads_as_the_issue_asks() -> None:
    cells = cells_of(read_sweep(project_root() / "sweeps" / "frontier.toml"))
    seconds = [expected_seconds(node) for node in build_graph(cells, {}).values()]
    assert sum(s for s in seconds if s is not None) <= HOURS * 3600 and None not in seconds
    assert len({(c.prior, c.t_star, c.sampler, c.grid, c.n_steps) for c in cells}) <= ROWS
    assert {c.n_steps for c in cells} == {1, 2, 4, 6, 8, 10, 20, 50, 1000}
    assert {c.t_star for c in cells} == {10, 50, 100, 200, 300, 400, 500, 700, 1000}
    assert {c.sampler for c in cells} == {"ddim", "ddpm", "dpmpp-2m", "unipc"} and {c.grid for c in cells} == {
        "uniform",
        "logsnr",
    }
    assert {c.prior for c in cells} == {"oracle:cifar10", "gaussian", "gan", "vae", "ot", "vanilla"}
