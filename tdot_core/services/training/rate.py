"""How fast a training goes on this machine and how much memory it takes, measured by a few of its own steps."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

import torch

from tdot_core.config import build_config
from tdot_core.errors import TdotError
from tdot_core.services.compute.device import find_device
from tdot_core.services.compute.hardware import hardware_of
from tdot_core.services.datasets import load_dataset
from tdot_core.services.runs.kinds import find_trainable
from tdot_core.services.runs.lent import lender_of, lent
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.paths import cache_root

STEPS, LONGEST = 6, 20.0


@dataclass(frozen=True)
class Rate:
    """Hold what a training measured here. seconds: per step; begin: seconds before the first step; memory: its process's bytes at
    the largest; steps: in all, as the settings say.
    """

    seconds: float
    begin: float
    memory: int
    steps: int

    @property
    def total(self) -> float:
        """Return the seconds that the whole training takes."""
        return self.begin + self.steps * self.seconds


def measure_rate(key: str, dataset: str, settings: Mapping[str, Any], device: str = "auto") -> Rate:
    """Take up to 6 steps of a training, for at most 20 s after the first, and return its rate; nothing of it is kept.

    Runs in this process and counts its memory, so it is called in one of its own. Raises TdotError for settings that do not fit.
    """
    cls = find_trainable(key)
    config: Any = build_config(cls.Config, settings)
    begun = time.perf_counter()
    trainable = cls(config, find_device(device))
    trainable.lent = lent(lender_of(cls, config).get("looks_through", {}))
    work = iter(trainable.fit(load_dataset(dataset).training_data(), config, torch.Generator().manual_seed(0)))
    first = next(work, None)
    if first is None:
        raise TdotError(f"A {key} training with these settings takes no step, so it has no rate.")
    at_first = last = time.perf_counter()
    taken = 0
    for _ in islice(work, STEPS - 1):
        taken, last = taken + 1, time.perf_counter()
        if last - at_first > LONGEST:
            break
    begin = at_first - begun
    # With one step in all there is nothing after the first: it is the whole training.
    seconds = (last - at_first) / taken if taken else begin
    return Rate(seconds, max(begin - seconds, 0.0), _largest_memory(), first.total)


def _largest_memory() -> int:
    import resource  # not on Windows

    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(largest if sys.platform == "darwin" else largest * 1024)


def rate_key(key: str, dataset: str, settings: Mapping[str, Any], device: str) -> str:
    """Return what a measured rate holds for: these settings, but for how long they train, on these images and this machine.

    Raises TdotError for settings that do not fit.
    """
    cls = find_trainable(key)
    config = asdict(build_config(cls.Config, settings))
    config.pop("epochs", None)
    facts = [key, load_dataset(dataset).info.id, config, hardware_of(find_device(device))]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()[:24]


def kept_rate(name: str, steps: int | None = None) -> Rate | None:
    """Return the rate that was measured under this `rate_key`, for other `steps` where they are given; None where none was kept."""
    with contextlib.suppress(TdotError, KeyError, TypeError, ValueError):
        found = read_json(cache_root() / "rates" / f"{name}.json")
        return Rate(float(found["seconds"]), float(found["begin"]), int(found["memory"]), steps or int(found["steps"]))
    return None


def keep_rate(name: str, rate: Rate) -> None:
    """Keep a measured rate; a cache that cannot be written is left alone."""
    path = cache_root() / "rates" / f"{name}.json"
    with contextlib.suppress(OSError, TdotError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, asdict(rate))
