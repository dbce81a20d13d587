"""The samplers and time grids by name, for screens and commands; no torch here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from tdot_core.maths.grids import grids
from tdot_core.services.catalogue.priors import attribute, read_classes
from tdot_core.services.storage.paths import project_root


@dataclass(frozen=True)
class SamplerInfo:
    """What a sampler class says about itself. calls_per_step: denoiser calls of every step but the last, which takes one."""

    key: str
    label: str
    reference: str
    calls_per_step: int
    takes_eta: bool

    def calls(self, n_steps: int) -> int:
        """Return the denoiser calls of n_steps steps."""
        return self.calls_per_step * (n_steps - 1) + 1


@cache
def sampler_catalogue() -> dict[str, SamplerInfo]:
    """Return every sampler by key in the order of lists, read from the sources in tdot_core/maths/samplers."""
    classes = read_classes(project_root() / "tdot_core" / "maths" / "samplers")
    found = sorted(
        (int(attribute(classes, name, "rank", 100)), str(facts.own["key"]), name)
        for name, facts in classes.items()
        if "key" in facts.own
    )
    return {
        key: SamplerInfo(
            key,
            str(attribute(classes, name, "label", key)),
            str(attribute(classes, name, "reference", "")),
            int(attribute(classes, name, "calls_per_step", 1)),
            bool(attribute(classes, name, "takes_eta", False)),
        )
        for _, key, name in found
    }


def sampler_labels() -> dict[str, str]:
    """Return the samplers' labels by key, in the order of lists."""
    return {key: info.label for key, info in sampler_catalogue().items()}


def grid_labels() -> dict[str, str]:
    """Return the time grids' labels by key, in the order of lists."""
    return {key: cls.label for key, cls in grids.all().items()}
