"""A study: measurements that ship beside the benchmark table, made again only when what they depend on has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Generator
from dataclasses import dataclass

from tdot_core.progress import Progress, finish
from tdot_core.services.results.studies import Document, read_study, study_path
from tdot_core.services.storage.files import write_json
from tdot_core.services.storage.version import code_version

Show = Callable[[Progress], None]


@dataclass(frozen=True)
class Study:
    """name: its file under assets/benchmark; inputs(dataset): plain values that the result depends on; measure(dataset,
    device): a generator of Progress that returns the result as plain values; prepare(dataset, device, show): bring into the
    cache what the measurement needs.
    """

    name: str
    inputs: Callable[[str], Document]
    measure: Callable[[str, str], Generator[Progress, None, Document]]
    prepare: Callable[[str, str, Show], None] = lambda dataset, device, show: None


def build_study(study: Study, dataset: str, device: str, show: Show) -> str:
    """Measure a study whose inputs changed and write it under assets/; return "unchanged" or "measured"."""
    inputs = study.inputs(dataset)
    fingerprint = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:32]
    earlier = read_study(study.name)
    if earlier is not None and earlier.get("fingerprint") == fingerprint:
        return "unchanged"
    study.prepare(dataset, device, show)
    result = finish(study.measure(dataset, device), show)
    facts = {"fingerprint": fingerprint, "code_version": code_version(), "inputs": inputs}
    write_json(study_path(study.name), {**facts, **result})
    return "measured"
