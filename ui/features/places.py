"""Where clouds lie on the chart: along principal components of the real features, or on their UMAP."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tdot_core.progress import Progress
from tdot_core.services.features.clouds import Cloud
from tdot_core.services.features.umap_map import UmapMap, fit_umap
from ui.cached import Show, _kept
from ui.features.compute import RealSide, cloud_digest
from ui.features.settings import AXES, UMAP

Float64 = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Places:
    """Hold the coordinates (n, 2) or (n, 3) of clouds by their ids, and the titles of the axes."""

    titles: tuple[str, ...]
    by_cloud: Mapping[str, Float64]

    @property
    def flat(self) -> bool:
        """Return whether there are two axes, along which points can be chosen."""
        return len(self.titles) == 2


def find_places(clouds: Sequence[Cloud], frame: RealSide, view: str, show: Show) -> Places:
    """Return where clouds lie in one of the views; raises TdotError when UMAP is asked for and not installed."""
    if view == UMAP:
        fitted = _kept(_umap_box(frame.stamp), lambda: _fit(frame), show)
        by_cloud = {cloud.id: _mapped(cloud, frame, fitted, show) for cloud in clouds}
        return Places(("UMAP 1 (no unit)", "UMAP 2 (no unit)"), by_cloud)
    axes = AXES[view]
    # In 3-D the titles run along slanted edges, where long ones are cut off.
    rest = "" if len(axes) == 3 else " of the real variance"
    titles = tuple(f"PC{a + 1} ({100 * frame.projection.explained[a]:.1f} %{rest})" for a in axes)
    return Places(titles, {cloud.id: frame.projection.apply(cloud.features)[:, axes] for cloud in clouds})


@st.cache_resource(max_entries=3, show_spinner=False)
def _umap_box(stamp: str) -> dict[str, Any]:
    return {}


@st.cache_resource(max_entries=48, show_spinner=False)
def _mapped_box(stamp: str) -> dict[str, Any]:
    return {}


def _fit(frame: RealSide) -> Generator[Progress, None, UmapMap]:
    yield Progress(0, 0, {}, "fitting UMAP on real images, which takes half a minute and is kept")
    return fit_umap(frame.reference.features.array)


def _mapped(cloud: Cloud, frame: RealSide, fitted: UmapMap, show: Show) -> Float64:
    def work() -> Generator[Progress, None, Float64]:
        yield Progress(0, 0, {}, "placing images on the map")
        return fitted.apply(cloud.features)

    return _kept(_mapped_box(f"{frame.stamp} {cloud_digest(cloud)}"), work, show)  # type: ignore[no-any-return]
