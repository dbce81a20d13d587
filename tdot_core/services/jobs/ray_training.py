"""One training on several workers of a Ray cluster, by Ray Train: what each does is what it does under torchrun."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.cluster.asking import check_nodes, nodes_with
from tdot_core.services.cluster.joining import first_line, join, leave
from tdot_core.services.jobs.execute import Show
from tdot_core.services.jobs.group import PATIENCE
from tdot_core.services.jobs.together import work_together
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, find_run
from tdot_core.services.storage.paths import cache_root

FAILURES = 3
"""How often a lost worker is replaced; each time the training goes on from its checkpoint."""
LOOK_SECONDS = 1.0


@contextmanager
def cluster_for(address: str, device: str, processes: int) -> Iterator[str]:
    """Join the cluster inside the block and give the device for the run's spec: "cpu", or "auto" where every process has a GPU.

    device: "cpu", "cuda", or "auto" for GPUs where there are enough. Raises TdotError, with nothing started, when the cluster or Ray Train is
    not there, when it has too few processors, or when a node could not do the work.
    """
    if processes < 1:
        raise TdotError(f"--processes: expected a whole number from 1, found {processes}.")
    if device not in ("auto", "cpu", "cuda"):
        raise TdotError(
            f"--device: workers of a cluster compute on cpu or cuda, or auto for either; found {device[:80]!r}."
        )
    join(address)
    try:
        _check_package()
        kinds = ["cuda", "cpu"] if device == "auto" else [device]
        able = {kind: _count(kind) for kind in kinds}
        kind = next((kind for kind in kinds if able[kind] >= processes), None)
        if kind is None:
            there = " and ".join(f"{count} {'GPUs' if kind == 'cuda' else 'CPUs'}" for kind, count in able.items())
            raise TdotError(f"{processes} processes were asked for, and the cluster has {there}. Nothing was started.")
        check_nodes(kind)
        yield "cpu" if kind == "cpu" else "auto"  # this machine may have no GPU
    finally:
        leave()


def train_on_cluster(run: Run, processes: int, show: Show) -> RunStatus:
    """Do a run's work on so many workers of the cluster that was joined, a GPU each unless it is for the CPU; return its final status.

    A lost worker is replaced by Ray, and the training goes on from its newest checkpoint. Raises TdotError when that fails too.
    """
    import ray.train
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    gpus = run.spec.get("device") != "cpu"
    trainer = TorchTrainer(
        _share,
        train_loop_config={"run": run.id},
        torch_config=TorchConfig("nccl" if gpus else "gloo", timeout_s=int(PATIENCE.total_seconds())),
        scaling_config=ScalingConfig(num_workers=processes, use_gpu=gpus),
        run_config=RunConfig(
            name=run.id, storage_path=str(cache_root() / "ray"), failure_config=FailureConfig(max_failures=FAILURES)
        ),
    )
    # stdout is for the answer alone.
    with redirect_stdout(sys.stderr), _shown(run, show):
        try:
            trainer.fit()
        except (ray.train.TrainingFailedError, ray.exceptions.RayError) as error:
            raise TdotError(
                f"The workers of {run.id} were lost or failed {FAILURES + 1} times ({first_line(error)}). What it had learned is "
                "kept: runs resume goes on from its checkpoint."
            ) from error
    return run.status()


def _check_package() -> None:
    try:
        importlib.import_module("ray.train.torch")
    except ImportError as error:
        raise TdotError(
            "Training on a cluster needs Ray Train: pip install -r requirements-ray.txt -c constraints.txt. Nothing was started."
        ) from error


def _count(device: str) -> int:
    name = "GPU" if device == "cuda" else "CPU"
    return sum(int(node["Resources"].get(name, 0)) for node in nodes_with(device))


def _share(config: dict[str, Any]) -> None:
    """Take part in a run's work as the worker that Ray's variables say; several are joined already."""
    import ray.train.torch
    import torch

    torch.set_num_threads(1)
    os.environ["TDOT_THREADS"] = "1"
    device = ray.train.torch.get_device()
    if device.type == "cuda":
        torch.cuda.set_device(device)
    status = work_together(find_run(config["run"]), queue=False)
    if status is not None and status.state == "failed":
        raise TdotError(status.message)  # the others wait for this one, until Ray ends them


@contextmanager
def _shown(run: Run, show: Show) -> Iterator[None]:
    """Report the run's own status inside the block, as the worker that leads writes it."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(LOOK_SECONDS):
            with contextlib.suppress(TdotError):
                status = run.status()
                show(Progress(status.step, max(status.total, 1), phase=status.phase or status.state))

    watcher = threading.Thread(target=watch, daemon=True, name="show")
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
