"""The Ray launcher on two real nodes of this machine: separate raylets, stores and folders, joined by address."""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.services.sweep.document import read_sweep
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.nodes import nodes_folder
from tdot_core.services.sweep.plan import planned

PROJECT = Path(__file__).resolve().parents[3]
MISSING = importlib.util.find_spec("ray") is None
needs_ray = pytest.mark.skipif(MISSING, reason="needs Ray: pip install -r requirements-ray.txt -c constraints.txt")
SECONDS = 300

SWEEP = """
name = "two-nodes"
threads = 1
[[block]]
dataset = "digits"
t_star = [20, 50]
steps = [2]
n = 16
sets = 2
metrics = ["fd", "recall_dist"]
prior = ["vanilla"]
[[block.train]]
prior = "ot"
settings = { epochs = 1, width = 8, latent = 8, batch = 256, n_projections = 8 }
"""
SMALLER = SWEEP.replace("t_star = [20, 50]", "t_star = [20]").replace('"fd", "recall_dist"', '"fd"')


@pytest.fixture
def file(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sweep's file, beside an empty cache; models are those that ship."""
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    path = tmp_path / "two-nodes.toml"
    path.write_text(SWEEP)
    return path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Two nodes of a CPU each. Ray keeps sockets in their folders, whose paths must be short."""
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.delenv("TDOT_ASSETS", raising=False)
        found = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
        found.add_node(num_cpus=1)
        yield found
        found.shutdown()


def nodes_of(file: Path) -> dict[str, Node]:
    return planned(read_sweep(file))[1]


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, printed = main(["sweep", *arguments, "--json"]), capsys.readouterr()
    assert code == 0, printed
    return json.loads(printed.out)


def table(capsys: pytest.CaptureFixture[str], file: Path) -> str:
    """Return the sweep's rows as text, without seconds, times and names of runs."""
    rows = said(capsys, "rows", str(file))
    for row in rows:
        for name in ("seconds_prior", "seconds_chain", "created", "run", "prior"):
            row.pop(name)
    return json.dumps(rows, indent=1, sort_keys=True)


def driver(file: Path, cluster: Any) -> subprocess.Popen[str]:
    command = [
        sys.executable,
        "-m",
        "tdot_core",
        "sweep",
        "run",
        str(file),
        "--launcher",
        "ray",
        "--address",
        cluster.address,
    ]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def records() -> dict[str, tuple[int, int]]:
    """Return by node which file its record is: one that was written again is another."""
    return {path.stem: (path.stat().st_ino, path.stat().st_mtime_ns) for path in nodes_folder().glob("*.json")}


def wait_for_records(count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + SECONDS
    while len(records()) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{len(records())} of {count} records"
        time.sleep(0.05)


@needs_ray
@pytest.mark.timeout(SECONDS)
def test_two_nodes_make_the_local_launchers_table(
    cluster: Any, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = said(capsys, "run", str(file), "--launcher", "ray", "--address", cluster.address)
    assert ran["failed"] == {} and ran["waiting"] == 0 and ran["done"] == len(nodes_of(file))
    on_ray = table(capsys, file)
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "other"))
    assert said(capsys, "run", str(file))["waiting"] == 0
    assert table(capsys, file) == on_ray


@needs_ray
@pytest.mark.timeout(SECONDS)
def test_what_ray_says_of_the_cluster_is_not_in_the_answer(
    cluster: Any, file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ray._private.utils import publish_error_to_driver
    from ray._private.worker import global_worker

    from tdot_core.services.sweep.launchers.ray_cluster import RayCluster

    def run_beside_news(self: RayCluster, nodes: Any, *rest: Any) -> Any:
        outcome = run(self, nodes, *rest)
        publish_error_to_driver("node_removed", "A node was marked dead.", global_worker.gcs_client)
        time.sleep(1)
        return outcome

    run = RayCluster.run
    monkeypatch.setattr(RayCluster, "run", run_beside_news)
    file.write_text(SMALLER)
    assert main(["sweep", "run", str(file), "--launcher", "ray", "--address", cluster.address, "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["waiting"] == 0 and "A node was marked dead." in printed.err


@needs_ray
@pytest.mark.timeout(2 * SECONDS)
def test_a_killed_driver_and_a_killed_node_lose_nothing_that_was_stored(
    cluster: Any, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(SMALLER)
    first = driver(file, cluster)
    wait_for_records(2, first)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    second_node, before = cluster.add_node(num_cpus=1), records()
    second = driver(file, cluster)
    wait_for_records(len(before) + 1, second)
    cluster.remove_node(second_node, allow_graceful=False)
    printed = second.communicate()
    assert second.returncode == 0, printed
    after = records()
    assert set(after) == set(nodes_of(file)) and {key: after[key] for key in before} == before
    assert len(said(capsys, "rows", str(file))) == 2
    assert not list(nodes_folder().glob("*.claim*")) and not list(nodes_folder().glob("*.failed"))


@needs_ray
@pytest.mark.timeout(SECONDS)
def test_stop_ends_a_sweep_on_a_cluster_and_run_goes_on(
    cluster: Any, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(SMALLER)
    process = driver(file, cluster)
    wait_for_records(1, process)
    assert said(capsys, "stop", str(file))["stopping"]
    printed, _ = process.communicate()
    assert process.returncode == 0 and len(records()) < len(nodes_of(file)), printed
    assert said(capsys, "run", str(file), "--launcher", "ray", "--address", cluster.address)["waiting"] == 0
    assert said(capsys, "status", str(file))["done"]


def refused(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> str:
    """Return the one sentence with which a run is refused, having started nothing."""
    assert main(["sweep", "run", str(file), *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.count("\n") == 1 and not nodes_folder().exists()
    return printed.err


def test_without_ray_the_sentence_says_how_to_get_it(
    file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)  # what Python does where it is not installed: ImportError
    assert "pip install -r requirements-ray.txt" in refused(capsys, file, "--launcher", "ray")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--launcher", "slurm"], "Unknown launcher 'slurm'. Known: local, ray"),
        (["--address", "auto"], "--address belongs to --launcher ray"),
    ],
)
def test_launchers_are_named_and_take_what_is_theirs(
    file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert sentence in refused(capsys, file, *arguments)


@needs_ray
@pytest.mark.parametrize("address", ["nonsense", "host:port", "host:0", "host:99999", ":6379", "a b:1", "ray://x/y:1"])
def test_an_address_that_is_none(file: Path, capsys: pytest.CaptureFixture[str], address: str) -> None:
    assert "expected auto or HOST:PORT" in refused(capsys, file, "--launcher", "ray", "--address", address)


@needs_ray
@pytest.mark.parametrize("answer", [None, b"", b"HTTP/1.0 400 Bad Request\r\n\r\n"])
def test_an_address_that_does_not_answer_as_ray(
    file: Path, capsys: pytest.CaptureFixture[str], answer: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tdot_core.services.cluster import address as address_of

    monkeypatch.setattr(address_of, "ANSWER_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if answer is None:
            server.close()
        else:
            threading.Thread(target=answer_once, args=(server, answer), daemon=True).start()
        assert "No Ray cluster answers" in refused(capsys, file, "--launcher", "ray", "--address", f"127.0.0.1:{port}")


def answer_once(server: socket.socket, answer: bytes) -> None:
    talk, _ = server.accept()
    with talk:
        talk.sendall(answer) if answer else talk.recv(1000)


@needs_ray
def test_a_training_that_fits_no_node_is_refused(cluster: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_text(SWEEP.replace("threads = 1", "threads = 64"))
    assert "Set threads in the file" in refused(capsys, file, "--launcher", "ray", "--address", cluster.address)
