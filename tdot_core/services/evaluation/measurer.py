"""Measuring one set of images in every feature space: features once, distances once, both kept by content."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tdot_core.metrics import metrics as registered
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.value import MetricValue
from tdot_core.models.extractor import PROBABILITIES, Extractor
from tdot_core.progress import Progress
from tdot_core.services.evaluation.kept_values import keep_value, kept_value, value_path
from tdot_core.services.evaluation.meter import Meter
from tdot_core.services.evaluation.replicates import replicates
from tdot_core.services.features.extract import FeatureSet, extract, images_hash
from tdot_core.services.features.heldout import HeldOut
from tdot_core.services.features.references import Reference

# Rough shares of the time per image, in units of one denoiser forward; they only shape the progress bar.
FEATURES, DISTANCES = 2, 1

Images = npt.NDArray[np.uint8]
Values = dict[str, MetricValue]
ByLayer = dict[str, Values]


def measuring_cost(n: int) -> int:
    """Return the units of progress of measuring a set of n images."""
    return n * (FEATURES + DISTANCES)


@dataclass(frozen=True, eq=False)
class Space:
    """One layer with the real images seen in it. heldout: test images, for metrics that read them."""

    layer: str
    real: Reference
    heldout: HeldOut

    @property
    def digest(self) -> str:
        """Return the hash of the real features, held-out ones apart."""
        statistics = self.real.features.statistics
        digest = hashlib.sha256(repr((self.layer, self.real.n, self.real.shipped)).encode())
        for array in (statistics.mean_f, statistics.cov_f, self.real.rows):
            digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()


class Measurer:
    """Measure sets of images against the same real ones, in all spaces from one forward of the extractor."""

    def __init__(self, extractor: Extractor, spaces: Sequence[Space], keys: Sequence[str], meter: Meter) -> None:
        self.extractor, self.spaces, self.keys, self.meter = extractor, tuple(spaces), tuple(keys), meter
        self.digests = {space.layer: space.digest for space in self.spaces}

    def measure(
        self, name: str, images: Images, *, alone: bool, without: npt.NDArray[np.int64] | None = None
    ) -> Generator[Progress, None, ByLayer]:
        """Return the value of every metric by layer; what was measured before on the same images is read from disk.

        name: of the set, for the progress; alone: the only set there is, so that values come with replicates; without:
        test images that the set holds itself and must not be compared with.
        """
        n, identity = len(images), f"{images_hash(images)} {self.extractor.fingerprint}"
        kept = {s.layer: self._kept(s, identity, alone, without) for s in self.spaces}
        found: dict[str, FeatureSet] = {}
        if any(len(values) < len(self.keys) for values in kept.values()):
            work = extract(images, self.extractor, self._wanted())
            found = yield from self.meter.track(name, FEATURES * n, work)
        else:
            self.meter.skip(FEATURES * n)
        for space in self.spaces:
            work_ = self._distances(space, found, kept[space.layer], identity, alone, without)
            kept[space.layer] = yield from self.meter.track(name, DISTANCES * n // len(self.spaces), work_)
        self.meter.skip(DISTANCES * n - DISTANCES * n // len(self.spaces) * len(self.spaces))
        return kept

    def _wanted(self) -> list[str]:
        layers = [space.layer for space in self.spaces]
        classified = PROBABILITIES in self.extractor.widths and self._reads("probabilities")
        return [*layers, PROBABILITIES] if classified else layers

    def _reads(self, name: str) -> bool:
        return any(name in registered.get(key).reads for key in self.keys)

    def _path(self, space: Space, identity: str, key: str, alone: bool, without: Any) -> Any:
        cls = registered.get(key)
        real = self.digests[space.layer]
        if "heldout" in cls.reads:
            real += space.heldout.digest(without)
        once = alone and cls.smooth
        return value_path(real, f"{identity} {space.layer} {once}", key)

    def _kept(self, space: Space, identity: str, alone: bool, without: Any) -> Values:
        found = {key: kept_value(self._path(space, identity, key, alone, without)) for key in self.keys}
        return {key: value for key, value in found.items() if value is not None}

    def _distances(
        self, space: Space, found: dict[str, FeatureSet], kept: Values, identity: str, alone: bool, without: Any
    ) -> Generator[Progress, None, Values]:
        extra: Extras | None = None
        for done, key in enumerate(self.keys):
            yield Progress(done, len(self.keys), {}, "distances")
            if key in kept:
                continue
            if extra is None:
                extra = self._extra(space, found, without)
            kept[key] = self._value(key, space.real.features, found[space.layer], extra, alone)
            keep_value(self._path(space, identity, key, alone, without), kept[key])
        return {key: kept[key] for key in self.keys}

    def _extra(self, space: Space, found: dict[str, FeatureSet], without: Any) -> Extras:
        heldout = space.heldout.features(without) if self._reads("heldout") else None
        reasons = {"heldout": space.heldout.reason(without)} if heldout is None else {}
        classes = found[PROBABILITIES].array if PROBABILITIES in found else None
        return Extras(heldout, classes, {name: why for name, why in reasons.items() if why})

    def _value(self, key: str, real: Features, fake: Features, extra: Extras, alone: bool) -> MetricValue:
        metric = registered.get(key)()
        value = metric.measure(real=real, fake=fake, extra=extra)
        if not alone or value.value is None:
            return value
        return MetricValue(**{**vars(value), "replicates": replicates(metric, real, fake, extra)})
