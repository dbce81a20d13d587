"""Running: nodes once, failures kept apart, claims across processes, and a real small sweep against `evaluate`."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sweep.attempt import StoppedError
from tdot_core.services.sweep.cells import cells_of
from tdot_core.services.sweep.document import checked
from tdot_core.services.sweep.graph import Node, build_graph
from tdot_core.services.sweep.launchers.local import run_nodes
from tdot_core.services.sweep.nodes import failure_of, nodes_folder, record_of
from tdot_core.services.sweep.state import state_of, stop_path
from tests.faults.full_disk import full_disk


def quiet(progress: Progress) -> None:
    assert progress.total >= progress.step


def graph(**block: Any) -> dict[str, Node]:
    return build_graph(cells_of(checked({"block": [{"prior": ["vanilla"], "n": 16, **block}]}, "s")), {})


def test_every_node_is_done_once_and_a_wider_run_does_only_what_is_new(cache: Path) -> None:
    seen: list[str] = []

    def do(node: Node) -> dict[str, Any]:
        assert all(record_of(need) is not None for need in node.needs)
        seen.append(node.key)
        return {"n": 1}

    narrow, wide = graph(t_star=[10]), graph(t_star=[10, 20])
    assert len(run_nodes(narrow, do, stop_path("s"), quiet).done) == 3
    outcome = run_nodes(wide, do, stop_path("s"), quiet)
    assert len(outcome.done) == 3 and outcome.waiting == [] and sorted(seen) == sorted(wide)
    assert state_of(wide)["done"] and run_nodes(wide, do, stop_path("s"), quiet).done == []


def test_a_failure_fails_only_what_needs_it_and_is_tried_again(cache: Path) -> None:
    broken = True

    def do(node: Node) -> dict[str, Any]:
        if broken and node.kind == "features" and node.work.cell.t_star == 20:
            raise TdotError("no room")
        return {}

    nodes = graph(t_star=[10, 20, 30])
    outcome = run_nodes(nodes, do, stop_path("s"), quiet)
    assert sorted(nodes[key].kind for key in outcome.failed) == ["features", "row"] and len(outcome.done) == 7
    assert [failure_of(key) for key in outcome.failed if nodes[key].kind == "features"] == ["no room"]
    state = state_of(nodes)
    assert state["kinds"]["features"]["failed"] == 1 and "no room" in state["failures"].values() and not state["done"]
    broken = False
    assert len(run_nodes(nodes, do, stop_path("s"), quiet).done) == 2 and state_of(nodes)["failures"] == {}


def test_stop_ends_after_the_node_at_work(cache: Path) -> None:
    nodes, done = graph(t_star=[10, 20]), []

    def do(node: Node) -> dict[str, Any]:
        done.append(node)
        if len(done) == 2:
            stop_path("s").parent.mkdir(parents=True, exist_ok=True)
            stop_path("s").write_text("stop")
        return {}

    outcome = run_nodes(nodes, do, stop_path("s"), quiet)
    assert outcome.stopped and len(outcome.done) == 2 and len(outcome.waiting) == 4


def test_several_workers_share_a_sweep_and_do_no_node_twice(cache: Path) -> None:
    nodes, lock, seen = graph(t_star={"from": 10, "to": 100, "step": 10}), threading.Lock(), []

    def do(node: Node) -> dict[str, Any]:
        with lock:
            seen.append(node.key)
        time.sleep(0.01)
        return {}

    workers = [threading.Thread(target=run_nodes, args=(nodes, do, stop_path("s"), quiet)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == sorted(nodes) and not list(nodes_folder().glob("*.claim*"))


def test_a_damaged_record_is_no_record(cache: Path) -> None:
    nodes_folder().mkdir(parents=True)
    (nodes_folder() / "k.json").write_text("{")
    assert record_of("k") is None


SMALL = """
name = "small"
[[block]]
dataset = "digits"
t_star = [20]
steps = [2]
sampler = ["ddim", "unipc"]
n = 16
sets = 2
extractor = "cifar-cnn"
metrics = ["fd"]
prior = ["vanilla"]
[[block.train]]
prior = "ot"
settings = { epochs = 1, width = 8, latent = 8, batch = 256, n_projections = 8 }
"""


def test_a_real_sweep_trains_draws_and_measures_as_evaluate_does(
    measuring_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A copy, since the sweep trains into it.
    shutil.copytree(measuring_models / "cache", tmp_path / "cache")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(measuring_models / "assets"))
    file = tmp_path / "small.toml"
    file.write_text(SMALL)

    def said(*arguments: str) -> Any:
        code, printed = main(["sweep", *arguments, "--json"]), capsys.readouterr()
        assert code == 0, printed
        return json.loads(printed.out)

    assert said("check", str(file))["cells"] == 4
    assert said("plan", str(file))["kinds"]["train"] == {
        "all": 1,
        "done": 0,
        "failed": 0,
        "seconds": 0.0,
        # 5 steps of 256 images at an eighth of the work per image that 0.36 s for 128 stand for.
        "seconds_left": pytest.approx(5 * 2 * 0.36 / 8),
    }
    ran = said("run", str(file))
    assert ran["failed"] == {} and ran["waiting"] == 0 and ran["done"] == 1 + 8 + 8 + 4
    assert said("run", str(file))["done"] == 0 and said("status", str(file))["done"]
    rows = said("rows", str(file), "--out", str(tmp_path / "rows.csv"))
    assert len(rows) == 4 and (tmp_path / "rows.csv").read_text().count("\n") == 5
    by_hand = main(
        [
            "evaluate",
            "--prior",
            "vanilla",
            "--t-star",
            "20",
            "--steps",
            "2",
            "--sampler",
            "unipc",
            "--n",
            "16",
            "--sets",
            "2",
            "--dataset",
            "digits",
            "--metric",
            "fd",
            "--no-floor",
            "--json",
        ]
    )
    (expected,) = json.loads(capsys.readouterr().out)
    assert by_hand == 0
    found = next(r for r in rows if r["prior"] == "vanilla" and r["sampler"] == "unipc")
    assert found["metrics"]["fd"]["values"] == expected["metrics"]["fd"]["values"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("vanilla", "nothing"), "Unknown prior 'nothing'"),
        (('"unipc"', '"euler"'), "Unknown sampler 'euler'"),
        (("digits", "faces"), "faces"),
        (('"cifar-cnn"', '"vgg"'), "Unknown extractor 'vgg'"),
        (('prior = "ot"', 'prior = "vanilla"'), "can be trained"),
        (("[[block]]", "[[blocks]]"), "unknown entry 'blocks'"),
    ],
)
def test_a_hostile_file_is_one_sentence_and_starts_nothing(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL.replace(*change))
    before = sorted(nodes_folder().glob("*")) if nodes_folder().is_dir() else []
    assert main(["sweep", "run", str(file)]) == 2
    assert said in capsys.readouterr().err
    assert (sorted(nodes_folder().glob("*")) if nodes_folder().is_dir() else []) == before


@pytest.mark.parametrize("at", [0, 6])
def test_a_full_disk_is_one_sentence(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], at: int) -> None:
    file = tmp_path / "s.toml"
    file.write_text('[[block]]\nprior = ["vanilla"]\ndataset = "digits"\nt_star = [10]\nsteps = [1]\nn = 16\n')
    assert main(["sweep", "plan", str(file)]) == 0
    capsys.readouterr()
    with full_disk(cache, at) as disk:
        assert main(["sweep", "run", str(file)]) == 2
    printed = capsys.readouterr()
    assert disk.failed and printed.err.splitlines()[-1].startswith("error: ") and "run again" in printed.err
    assert not list(nodes_folder().glob("*.json"))


def test_a_node_that_somebody_stopped_ends_the_sweep_and_is_no_failure(cache: Path) -> None:
    def do(node: Node) -> dict[str, Any]:
        if node.kind == "features":
            raise StoppedError("run stopped at step 3")
        return {}

    nodes = graph(t_star=[10, 20])
    outcome = run_nodes(nodes, do, stop_path("s"), quiet)
    assert outcome.stopped and not outcome.failed and state_of(nodes)["failures"] == {}
    assert len(run_nodes(nodes, lambda node: {}, stop_path("s"), quiet).done) == len(nodes) - len(outcome.done)


@pytest.mark.timeout(300)
def test_an_interrupt_during_a_training_ends_the_sweep_which_goes_on_from_there(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "long.toml"
    settings = "{ epochs = 2000, width = 8, latent = 8, batch = 64, n_projections = 8 }"
    file.write_text(
        f"""
        [[block]]
        dataset = "digits"
        n = 16
        [[block.train]]
        prior = "ot"
        seed = [0, 1]
        settings = {settings}
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "tdot_core", "sweep", "run", str(file), "--json"], stdout=subprocess.PIPE, text=True
    )
    while not (runs := [run for run in list_runs("ot") if not run.shipped]) or runs[0].status().step < 3:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said = json.loads(process.communicate(timeout=120)[0])
    assert said["stopped"] and not said["failed"] and said["waiting"] == 8
    assert [run.status().state for run in list_runs("ot") if not run.shipped] == ["stopped"]


def test_a_damaged_record_is_of_a_node_to_do_again(cache: Path) -> None:
    nodes = graph(t_star=[10])
    run_nodes(nodes, lambda node: {}, stop_path("s"), quiet)
    (nodes_folder() / f"{list(nodes)[-1]}.json").write_text("{")
    assert len(run_nodes(nodes, lambda node: {}, stop_path("s"), quiet).done) == 1
    assert record_of(list(nodes)[-1]) is not None
