"""Mean and covariance of training images, block by block."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from tdot_core.errors import TdotError
from tdot_core.models.fitting import ImageData

BLOCK = 2000
Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]


def image_moments(data: ImageData) -> Moments:
    """Return the mean (d,) and the unbiased covariance (d, d) of the images as x0, in float64; raises TdotError for fewer than 2."""
    n = len(data)
    if n < 2:
        raise TdotError(f"A covariance needs at least 2 images, found {n}.")
    # Centred on a first guess, so that the products of large means do not cancel.
    shift = data.x0(torch.arange(min(BLOCK, n))).cpu().flatten(1).double().mean(0)
    d = len(shift)
    first, second = torch.zeros(d, dtype=torch.float64), torch.zeros(d, d, dtype=torch.float64)
    for k in range(0, n, BLOCK):
        centred = data.x0(torch.arange(k, min(k + BLOCK, n))).cpu().flatten(1).double() - shift
        first += centred.sum(0)
        second += centred.T @ centred
    mean = first / n
    covariance = (second - n * torch.outer(mean, mean)) / (n - 1)
    return (shift + mean).numpy(), covariance.numpy()
