"""The nearest real images of the points on screen, computed once per cloud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from tdot_core.services.features.clouds import TRAIN, Cloud
from tdot_core.services.features.near_real import Missing, NearReal, farthest_real, near_real
from ui.features.compute import RealSide, cloud_digest

NEIGHBOURS = 3


def nearest_real(cloud: Cloud, frame: RealSide) -> NearReal:
    """Return the 3 real training images nearest to each point of a cloud; a real one is not its own neighbour."""
    return _near(cloud_digest(cloud), frame.stamp, cloud, frame)


@st.cache_resource(max_entries=48, show_spinner=False)
def _near(digest: str, stamp: str, _cloud: Cloud, _frame: RealSide) -> NearReal:
    own = np.arange(_cloud.n) if _cloud.id == TRAIN else None
    return near_real(_cloud.features, _frame.reference.features.array, NEIGHBOURS, own)


def classes_of(cloud: Cloud, frame: RealSide) -> NDArray[np.int64] | None:
    """Return the class of each point: its own where it is a real image, else that of the nearest real one; None without classes."""
    if frame.reference.labels is None:
        return None
    return cloud.labels if cloud.labels is not None else frame.reference.labels[nearest_real(cloud, frame).rows[:, 0]]


def missing(clouds: Sequence[Cloud], frame: RealSide) -> Missing:
    """Return the real images by their distance to the nearest point of the clouds, farthest first."""
    return _missing(" ".join(map(cloud_digest, clouds)), frame.stamp, clouds, frame)


@st.cache_resource(max_entries=16, show_spinner=False)
def _missing(digest: str, stamp: str, _clouds: Sequence[Cloud], _frame: RealSide) -> Missing:
    drawn = np.concatenate([cloud.features for cloud in _clouds])
    return farthest_real(_frame.reference.features.array, drawn)
