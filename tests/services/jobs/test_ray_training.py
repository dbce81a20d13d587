"""The denoiser trained by two workers of a Ray cluster through Ray Train, against the same training in one process."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tdot_core.__main__ import main
from tdot_core.services.runs.attempts import attempts
from tests.faults.ray_nodes import two_nodes
from tests.models.shared_training import EARLY, images, options, own_runs, same, train_alone

needs_ray_train = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None or importlib.util.find_spec("pydantic") is None,
    reason="needs Ray Train: pip install -r requirements-ray.txt -c constraints.txt",
)


@needs_ray_train
@pytest.mark.timeout(900)
def test_two_workers_train_as_one_process_does(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    for name in ("RAY_TMPDIR", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, os.environ.get(name, ""))  # what the cluster sets goes with the test
    images()
    alone = train_alone(tmp_path / "alone")
    with two_nodes() as cluster:
        on_ray = ["--launcher", "ray", "--address", cluster.address]
        assert main(["train", *options(), *on_ray, "--processes", "2", "--json"]) == 0
        printed = capsys.readouterr()
        assert json.loads(printed.out)["state"] == "done"
        (run,) = own_runs("denoiser")
        assert len(attempts(run.path)) == 1
        same(run, alone)
        assert main(["train", *options(), *on_ray, "--processes", "3"]) == 2
        assert "3 processes were asked for, and the cluster has 0 GPUs and 2 CPUs" in capsys.readouterr().err
    assert len(own_runs("denoiser")) == 1


@needs_ray_train
@pytest.mark.timeout(900)
def test_a_lost_worker_is_replaced_and_the_training_goes_on(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    monkeypatch.setenv("TDOT_CHECKPOINT", "0.5")
    for name in ("RAY_TMPDIR", "RAY_USAGE_STATS_ENABLED"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    images()
    alone = train_alone(tmp_path / "alone")
    with two_nodes() as cluster:
        on_ray = ["--launcher", "ray", "--address", cluster.address, "--processes", "2"]
        process = subprocess.Popen(
            [sys.executable, "-m", "tdot_core", "train", *options(), *on_ray],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        while not (runs := own_runs("denoiser")) or runs[0].status().step < EARLY:
            assert process.poll() is None, process.communicate()
            time.sleep(0.05)
        workers = [
            one for one in psutil.process_iter(["cmdline"]) if "RayTrainWorker" in " ".join(one.info["cmdline"] or [])
        ]
        assert len(workers) == 2
        workers[0].send_signal(signal.SIGKILL)
        printed, _ = process.communicate()
    (run,) = own_runs("denoiser")
    assert process.returncode == 0 and run.status().state == "done", printed
    assert len(attempts(run.path)) == 2
    same(run, alone)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["denoiser", "--processes", "2"], "--address and --processes belong to --launcher ray"),
        (["denoiser", "--launcher", "ray", "--detach"], "leave out --detach"),
        (["ot", "--launcher", "ray", "--processes", "2"], "A training of ot takes one process"),
        (["denoiser", "--launcher", "ray", "--device", "mps"], "compute on cpu or cuda"),
        (["denoiser", "--launcher", "ray", "--processes", "-1"], "expected a whole number from 1"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_sentence(
    cache: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    assert main(["train", *arguments, "--dataset", "digits"]) == 2
    assert sentence in capsys.readouterr().err and not list((cache / "runs").glob("*"))
