"""What published systems of the same idea report on CIFAR-10: other networks and another measure, to stand beside, not to rank."""

from __future__ import annotations

from dataclasses import dataclass

from tdot_core.services.catalogue.sources import find_source

MEASURE = "FID-2048 of 50,000 images"


@dataclass(frozen=True)
class Published:
    """One published number. calls: of its network per image, the prior's own included; fid: MEASURE; source: bibliography key."""

    system: str
    t_star: int
    calls: int
    fid: float
    source: str

    @property
    def where(self) -> str:
        """Return authors, year and address."""
        found = find_source(self.source)
        return f"{found.authors.split(',')[0]} et al. {found.year}, {found.url}"


PUBLISHED = (
    *(Published("TDPM", t, t + 1, fid, "zheng2023tdpm") for t, fid in ((3, 3.41), (49, 3.30), (99, 3.10))),
    *(Published("ES-DDPM", t, t + 1, fid, "lyu2022esddpm") for t, fid in ((100, 5.52), (200, 5.02))),
)
"""TDPM draws x_{t*} with its own network as a GAN; ES-DDPM noises the images of a GAN. Both then walk every step."""
