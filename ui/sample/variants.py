"""What the columns differ in: the prior, or, of one prior, its start, sampler, time grid or denoiser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tdot_core.services.catalogue.priors import PriorChoice
from ui.address import told_apart
from ui.pickers.nets import net_labels
from ui.pickers.priors import GRIDS, SAMPLERS
from ui.sample.request import SampleRequest

BY = {"prior": "Priors", "t": "Starts t*", "sampler": "Samplers", "grid": "Time grids", "net": "Denoisers"}
"""What the columns can differ in, by the names that the address knows."""

LADDER = (10, 50, 100, 200, 400)
MOST_NETS = 6


@dataclass(frozen=True)
class Variant:
    """One column to be. id: its name in the browser and in keys; label: its heading; request: what to draw, one prior."""

    id: str
    label: str
    choice: PriorChoice
    request: SampleRequest


def variants(request: SampleRequest, choices: Mapping[str, PriorChoice]) -> list[Variant]:
    """Return the columns of a request, all from the same seeds; the prior is the first one named unless they are the columns."""
    if request.by == "prior":
        return [
            Variant(name, choices[name].label, choices[name], replace(request, names=(name,))) for name in request.names
        ]
    choice, one = choices[request.names[0]], replace(request, names=request.names[:1])
    made = {
        "t": lambda: {f"t-{t}": (f"t* = {t}", replace(one, t_star=t)) for t in LADDER},
        "sampler": lambda: {
            key: (label, replace(one, sampler=key, eta=one.eta if key == "ddim" else None))
            for key, label in SAMPLERS.items()
        },
        "grid": lambda: {f"grid-{key}": (label, replace(one, grid=key)) for key, label in GRIDS.items()},
        "net": lambda: {name: (label, replace(one, net=name)) for name, label in _nets().items()},
    }[request.by]()
    return [Variant(id, label, choice, asked) for id, (label, asked) in made.items()]


def _nets() -> dict[str, str]:
    return told_apart(dict(list(net_labels().items())[:MOST_NETS]))
