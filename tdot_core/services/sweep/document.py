"""A sweep file: TOML in, checked blocks out. No torch here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError, unknown_name
from tdot_core.models.extractors import DEFAULT
from tdot_core.services.sweep.values import text, values_of, whole_number

LARGEST_FILE = 1_000_000
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_THREADS = 1024
LISTS: dict[str, tuple[Callable[[Any, str], Any], list[Any]]] = {
    "dataset": (text, ["cifar10"]),
    "net": (text, ["denoiser"]),
    "t_star": (whole_number, [10]),
    "sampler": (text, ["ddim"]),
    "grid": (text, ["uniform"]),
    "steps": (whole_number, [10]),
    "seed": (whole_number, [0]),
    "extractor": (text, [DEFAULT]),
}
"""What a block lists, how each value is checked, and what stands for an entry that is left out; all combinations are meant."""
TOGETHER: dict[str, tuple[Callable[[Any, str], Any], list[Any]]] = {
    "prior": (text, []),
    "layers": (text, []),
    "metrics": (text, []),
}
"""Lists that are not multiplied: all priors, layers and metrics of one cell of the rest."""
SINGLE: dict[str, tuple[type, Any]] = {
    "n": (int, 2000),
    "sets": (int, 1),
    "clip_x0": (bool, True),
    "precision": (str, "fp32"),
}
TRAIN = {"prior", "settings", "seed", "label"}


@dataclass(frozen=True)
class TrainEntry:
    """One [[block.train]] table: trainings of a prior for every combination of settings and every seed."""

    prior: str
    settings: dict[str, list[Any]]
    seeds: list[int]
    label: str


@dataclass(frozen=True)
class Block:
    """One [[block]] table. lists: by name, see LISTS and TOGETHER; single: by name, see SINGLE; place: where it stands; name: its own."""

    place: str
    lists: dict[str, list[Any]]
    single: dict[str, Any]
    train: tuple[TrainEntry, ...]
    name: str = ""


@dataclass(frozen=True)
class SweepFile:
    """A sweep as it was written.

    name: of the sweep, its file's stem where none is given; device: auto, cpu, cuda or mps; threads: what a training and the metrics
    of a row compute on, wherever they run, since their last bits depend on it; hardware: the kind of processor that all of it runs
    on, "cpu AVX512" say, "" for the one that plans.
    """

    name: str
    device: str
    threads: int
    hardware: str
    blocks: tuple[Block, ...]

    def only(self, names: Sequence[str]) -> SweepFile:
        """Return the sweep of the blocks with these names, all of it for none; raises TdotError for an unknown one."""
        known = {block.name: block for block in self.blocks if block.name}
        for name in names:
            if name not in known:
                raise unknown_name("block", name, known)
        return replace(self, blocks=tuple(known[name] for name in dict.fromkeys(names))) if names else self


def read_sweep(path: Path) -> SweepFile:
    """Read and check a sweep file; raises TdotError with the place of the first thing that is wrong."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise TdotError(f"{path.name} is larger than 1 MB; a sweep file is a page of text.")
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise TdotError(f"{path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise TdotError(f"{path.name} is not TOML: {str(error)[:200]}.") from error
    return checked(document, path.stem)


def checked(document: Mapping[str, Any], stem: str) -> SweepFile:
    """Return the document as a SweepFile; raises TdotError with the place of the first thing that is wrong."""
    _known(document, {"name", "device", "threads", "hardware", "block"}, "the file")
    blocks = document.get("block")
    if not isinstance(blocks, list) or not blocks or not all(isinstance(block, dict) for block in blocks):
        raise TdotError("A sweep has at least one [[block]] table; found none.")
    named = tuple(_block(block, f"block {k}") for k, block in enumerate(blocks, 1))
    names = [block.name for block in named if block.name]
    for block in named:
        if names.count(block.name) > 1:
            raise TdotError(f"{block.place}, name: expected a name of its own, found {block.name[:60]!r} twice.")
    return SweepFile(
        _name(document.get("name", stem)),
        text(document.get("device", "auto"), "device"),
        _threads(document.get("threads", 2)),
        text(document["hardware"], "hardware") if "hardware" in document else "",
        named,
    )


def _name(value: Any) -> str:
    # Files in the cache are called after it.
    name = text(value, "name")
    if not NAME.fullmatch(name):
        raise TdotError(
            f"A sweep's name has letters, digits, dots, - and _, at most 64, and begins with a letter or digit; found {name[:70]!r}."
        )
    return name


def _threads(value: Any) -> int:
    threads = whole_number(value, "threads")
    if not 1 <= threads <= MOST_THREADS:
        raise TdotError(f"threads: expected 1 to {MOST_THREADS}, found {threads}.")
    return threads


def _block(block: Mapping[str, Any], place: str) -> Block:
    _known(block, {*LISTS, *TOGETHER, *SINGLE, "train", "name"}, place)
    lists = {
        name: values_of(block[name], f"{place}, {name}", check) if name in block else list(default)
        for name, (check, default) in (LISTS | TOGETHER).items()
    }
    train = block.get("train", [])
    if not isinstance(train, list) or not all(isinstance(entry, dict) for entry in train):
        raise TdotError(f"{place}, train: expected [[block.train]] tables.")
    entries = tuple(_train(entry, f"{place}, train {k}") for k, entry in enumerate(train, 1))
    if not lists["prior"] and not entries:
        raise TdotError(f"{place}: names no prior and trains none; expected prior = [...] or a [[block.train]] table.")
    named = text(block["name"], f"{place}, name") if "name" in block else ""
    return Block(place, lists, {name: _single(block, name, place) for name in SINGLE}, entries, named)


def _train(entry: Mapping[str, Any], place: str) -> TrainEntry:
    _known(entry, TRAIN, place)
    settings = entry.get("settings", {})
    if not isinstance(settings, dict):
        raise TdotError(f"{place}, settings: expected a table such as {{ epochs = 4 }}, found {str(settings)[:60]!r}.")
    return TrainEntry(
        text(entry.get("prior", ""), f"{place}, prior"),
        {name: values_of(value, f"{place}, settings.{name}", _plain) for name, value in settings.items()},
        values_of(entry.get("seed", 0), f"{place}, seed", whole_number),
        str(entry.get("label", "")),
    )


def _plain(value: Any, place: str) -> Any:
    if not isinstance(value, str | int | float | bool):
        raise TdotError(f"{place}: expected a number, a text, true or false, found {str(value)[:60]!r}.")
    return value


def _single(block: Mapping[str, Any], name: str, place: str) -> Any:
    kind, default = SINGLE[name]
    value = block.get(name, default)
    if type(value) is not kind:
        words = {int: "a whole number", bool: "true or false", str: "a text"}
        raise TdotError(f"{place}, {name}: expected {words[kind]}, found {str(value)[:60]!r}.")
    return value


def _known(table: Mapping[str, Any], names: set[str], place: str) -> None:
    for name in table:
        if name not in names:
            raise TdotError(f"{place}: unknown entry {str(name)[:60]!r}. Known: {', '.join(sorted(names))}.")
