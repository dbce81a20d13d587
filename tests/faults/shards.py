"""Sets of images drawn whole and in shards by seed, and two sweeps that share nodes run at the same time."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from tdot_core.progress import finish
from tdot_core.services.compute.device import find_device
from tdot_core.services.features.extract import extract, join_features
from tdot_core.services.features.extractors import opening
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.sweep.cells import Cell, cells_of
from tdot_core.services.sweep.document import checked
from tdot_core.services.sweep.graph import blocks_of
from tests.faults.result import Row
from tests.faults.sweeping import begin, end, grid, records

FULL, SHORT, FIRST = 5000, 112, 5
COUNTS = (1, 2, 7)
CHUNK = 16


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Compare 5,000 images (112 when short) in 1, 2 and 7 shards, and run two overlapping sweeps at once."""
    n = SHORT if short else FULL
    os.environ.pop("TDOT_ASSETS", None)
    found = {count: arrays(folder / str(count), n, count) for count in COUNTS}
    differ = [
        f"{name} in {count} shards"
        for count in COUNTS[1:]
        for name, array in found[count].items()
        if array.tobytes() != found[1][name].tobytes()
    ]
    bar = f"{n:,} images in 1, 2 and 7 shards: identical arrays"
    what = f"images and features of {', '.join(name for name in found[1] if name != 'images')}: "
    return [Row("shards", bar, what + (f"{differ} DIFFER" if differ else "equal"), not differ), _at_once(folder, short)]


def arrays(cache: Path, n: int, count: int) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    """Draw n images into an empty cache in so many shards; return them, and their features by layer, as joined."""
    os.environ["TDOT_CACHE"] = str(cache)
    works = blocks_of(_cell(n), 0, -(-n // count // CHUNK) * CHUNK)
    assert len(works) == count
    blocks, whole = [_draw(work.first, work.n) for work in works], _draw(FIRST, n)
    if count > 1:
        whole.join(blocks)
    images, _ = finish(whole.make())
    extractor = finish(opening("cifar-cnn"))
    layers = list(extractor.layers)
    if count > 1:
        join_features([finish(block.make())[0] for block in blocks], extractor, layers)
    features = finish(extract(images, extractor, layers))
    return {"images": np.array(images), **{layer: np.array(features[layer].array) for layer in layers}}


def _cell(n: int) -> Cell:
    block = {"prior": ["vanilla"], "dataset": "digits", "t_star": [2], "steps": [1], "n": n, "seed": [FIRST]}
    return cells_of(checked({"block": [block]}, "s"))[0]


def _draw(first: int, n: int) -> Draw:
    device = find_device("cpu")
    settings = SampleSettings(2, 1, seed=first, n=n)
    return Draw(load_prior("vanilla", device), load_net("denoiser", device), settings, device)


def _at_once(folder: Path, short: bool) -> Row:
    """Run two sweeps that have half their starts in common as two processes that begin together."""
    cache, files = folder / "at-once", []
    for name, first, other in (("one", "10, 50", "10, 50"), ("two", "10, 50", "50, 70")):
        files.append(grid(folder / f"{name}.toml", short=True))
        text = files[-1].read_text().replace('"bars"', f'"{name}"').replace(first, other)
        files[-1].write_text(text if short else text.replace("steps = [2]", "steps = [2, 4, 8]"))
    processes = [begin(cache, "run", str(file)) for file in files]
    ran = [end(process) for process in processes]
    stored, done = len(records(cache)), sum(one["done"] for one in ran)
    planned = [sum(kind["all"] for kind in end(begin(cache, "plan", str(file)))["kinds"].values()) for file in files]
    common = sum(planned) - stored
    complete = not any(one["failed"] or one["waiting"] for one in ran)
    found = f"{planned[0]} and {planned[1]} nodes, {common} in common: {done} computed ({ran[0]['done']} and {ran[1]['done']}), {stored} stored"
    good = complete and done == stored and common > 0 and min(one["done"] for one in ran) > 0
    return Row("shards", "two sweeps at once: each common node computed once", found, good)
