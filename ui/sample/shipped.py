"""The first drawing that ships, as a column shows it until something is drawn here."""

from __future__ import annotations

from dataclasses import dataclass

from tdot_core.services.catalogue.first_draw import FirstDraw, first_draw
from tdot_core.services.catalogue.priors import PriorChoice
from ui.sample.request import SampleRequest
from ui.sample.store import Drawn, Images


@dataclass(frozen=True)
class ShippedChunk:
    """What `SampleChunk` has, without the module of networks that it comes from: results alone, no states before them."""

    seeds: tuple[int, ...]
    images: Images
    frame_ts: tuple[int, ...]
    nfe: int
    nfe_prior: int
    frames: None = None
    x0_hats: None = None

    @property
    def start(self) -> Images:
        """Return no images: the start did not ship."""
        return self.images[:0]


def shipped_draw(choice: PriorChoice, request: SampleRequest) -> Drawn | None:
    """Return a column's results as they ship, while its models and settings are those that made them."""
    settings = {
        "t_star": request.t_star,
        "n_steps": request.walked,
        "sampler": request.sampler,
        "eta": request.eta,
        "seed": request.seed,
        "n": request.n,
        "clip_x0": request.clip_x0,
        "grid": request.grid,
    }
    found = first_draw(choice, request.net, settings)
    return None if found is None else Drawn((_chunk(found, request),), shipped=True)  # type: ignore[arg-type]


def _chunk(found: FirstDraw, request: SampleRequest) -> ShippedChunk:
    seeds = tuple(range(request.seed, request.seed + request.n))
    return ShippedChunk(seeds, found.images, request.times, found.nfe, found.nfe_prior)
