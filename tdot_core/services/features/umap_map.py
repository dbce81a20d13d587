"""UMAP of real features: a curved map that keeps neighbourhoods, where umap-learn is installed."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.metrics.checks import checked_features

LARGEST, NEIGHBOURS, SEED = 2000, 15, 0
HOW = "pip install -r requirements-umap.txt -c constraints.txt"


@dataclass(frozen=True, eq=False)
class UmapMap:
    """Hold a fitted map (mcinnes2018) from features of one width to the plane, and how many real images it was fitted on."""

    fitted: Any
    width: int
    n: int

    def apply(self, features: Any) -> NDArray[np.float64]:
        """Return the places (n, 2) of features (n, d), equal for equal features. Raises TdotError for another width."""
        features = checked_features("given", features)
        if features.shape[1] != self.width:
            raise TdotError(f"The map takes features of width {self.width}, found width {features.shape[1]}.")
        return np.asarray(self.fitted.transform(np.asarray(features, np.float32)), np.float64)


def umap_installed() -> bool:
    """Return whether umap-learn is there, without importing it."""
    return importlib.util.find_spec("umap") is not None


def fit_umap(features: Any) -> UmapMap:
    """Fit the map on the first 2,000 of features (n, d), with 15 neighbours and a fixed seed, so that it never changes.

    Raises TdotError when umap-learn is missing or fewer than 16 images are there.
    """
    if not umap_installed():
        raise TdotError(f"UMAP needs the package umap-learn, which is not installed. To have it: {HOW}")
    features = np.asarray(checked_features("real", features)[:LARGEST], np.float32)
    if len(features) <= NEIGHBOURS:
        raise TdotError(f"UMAP compares each image with {NEIGHBOURS} others; found {len(features)} images.")
    import umap

    fitted = umap.UMAP(n_components=2, n_neighbors=NEIGHBOURS, random_state=SEED, n_jobs=1).fit(features)
    return UmapMap(fitted, features.shape[1], len(features))
