"""Doing one node: each kind by the service whose work it is."""

from __future__ import annotations

from typing import Any

from tdot_core.errors import TdotError
from tdot_core.models.extractor import Extractor
from tdot_core.progress import finish
from tdot_core.services.compute.device import find_device
from tdot_core.services.compute.hardware import hardware_of
from tdot_core.services.compute.threads import fixed_threads
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.features.extract import extract, join_features
from tdot_core.services.features.extractors import opening
from tdot_core.services.jobs.execute import execute
from tdot_core.services.jobs.lock import run_lock
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.sweep.attempt import StoppedError
from tdot_core.services.sweep.cells import Cell, Training
from tdot_core.services.sweep.evaluations import evaluation_of
from tdot_core.services.sweep.graph import DrawWork, Node, blocks_of
from tdot_core.services.sweep.nodes import record_of
from tdot_core.services.training.session import create_training

Record = dict[str, Any]


def do_node(node: Node, device: str, threads: int, queue: bool = True) -> Record:
    """Do a node whose needs are done, and return what it records as plain values; raises TdotError saying why it cannot be done.

    threads: what a training and the metrics of a row compute on, wherever they run. The rest gives the same bytes on any number.
    queue: whether trainings stand in this machine's line for the device; False where a cluster shares the devices out.
    """
    with fixed_threads(threads):
        if node.kind == "train":
            record = _train(node, device, queue)
        else:
            record = {"draw": _draw, "features": _features, "row": _row}[node.kind](node, device)
    return {"hardware": hardware_of(find_device(device)), "threads": threads, **record}


def _train(node: Node, device: str, queue: bool) -> Record:
    wanted: Training = node.work
    run = next((r for r in list_runs(wanted.kind) if r.spec.get("node") == node.key), None)
    if run is None:
        run = create_training(
            wanted.kind,
            wanted.dataset,
            dict(wanted.settings),
            seed=wanted.seed,
            device=device,
            label=wanted.label,
            node=node.key,
        )
    if run.status().state != "done":
        with run_lock(run, "work"):
            status = execute(run, queue=queue)
        if status.state != "done":
            kind = StoppedError if status.state == "stopped" else TdotError
            raise kind(f"{run.id} {status.state} at step {status.step} of {status.total}. {status.message}".strip())
    return {"run": run.id}


def _name(cell: Cell, node: Node) -> str:
    """Return what `load_prior` takes: the cell's name, or the run that the training before this node made."""
    if isinstance(cell.prior, str):
        return cell.prior
    runs: list[Run] = [r for r in list_runs(cell.prior.kind) if r.spec.get("node") == _training_key(node)]
    if not runs:
        raise TdotError(
            f"The run that trained {cell.prior.label or cell.prior.kind} is gone. Delete its record and run again."
        )
    return runs[0].id


def _training_key(node: Node) -> str:
    key = node.needs[0]
    while (record := record_of(key)) is not None and record.get("kind") != "train":
        key = record["needs"][0]
    return key


def _drawing(node: Node, device: str, work: DrawWork) -> Draw:
    cell, where = work.cell, find_device(device)
    settings = SampleSettings(
        cell.t_star, cell.n_steps, cell.sampler, None, work.first, work.n, cell.clip_x0, cell.grid
    )
    prior = load_prior(_name(cell, node), where, cell.dataset)
    return Draw(prior, load_net(cell.net, where, cell.precision), settings, where)


def _draw(node: Node, device: str) -> Record:
    draw = _drawing(node, device, node.work)
    _, effort = finish(draw.make())
    return {"draw": draw.key, **vars(effort)}


def _extractor(cell: Cell, device: str) -> tuple[Extractor, list[str]]:
    extractor = finish(opening(cell.extractor, device=find_device(device)))
    layers = list(cell.layers or extractor.layers[-1:])
    extractor.check(layers)
    return extractor, layers


def _features(node: Node, device: str) -> Record:
    images, _ = finish(_drawing(node, device, node.work).make())
    extractor, layers = _extractor(node.work.cell, device)
    found = finish(extract(images, extractor, layers))
    return {"layers": {layer: list(features.array.shape) for layer, features in found.items()}}


def _join(node: Node, device: str) -> None:
    """Put the blocks of every set together, so that the evaluation finds it whole."""
    cell: Cell = node.work
    divided = [blocks for k in range(cell.sets) if len(blocks := blocks_of(cell, k)) > 1]
    for blocks in divided:
        draws = [_drawing(node, device, work) for work in blocks]
        _drawing(node, device, DrawWork(cell, blocks[0].first, cell.n)).join(draws)
        join_features([finish(draw.make())[0] for draw in draws], *_extractor(cell, device))


def _row(node: Node, device: str) -> Record:
    _join(node, device)
    cell: Cell = node.work
    rows = finish(evaluate(evaluation_of(cell, _name(cell, node), device)))
    return {"rows": [row.to_json() for row in rows]}
