"""The closed-form denoiser: the best linear estimate of the noise under the data's mean and covariance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from tdot_core.errors import TdotError

Float64 = npt.NDArray[np.float64]


def cosine_matrix(n: int) -> Tensor:
    """Return the orthonormal DCT-II as a matrix (n, n) float64: row k holds the k-th frequency, k = 0 the mean."""
    k, i = torch.arange(n, dtype=torch.float64)[:, None], torch.arange(n, dtype=torch.float64)
    rows = torch.cos(math.pi * k * (2 * i + 1) / (2 * n)) * math.sqrt(2 / n)
    rows[0] /= math.sqrt(2)
    return rows


@dataclass(frozen=True)
class WienerBasis:
    """Describe a covariance by its leading eigenpairs and, for what they leave, a variance per colour axis and frequency.

    mean: (c, h, w); vectors: (k, d) orthonormal rows, d = c h w; std: (k,) roots of their eigenvalues; axes: (c, c), rows
    the principal colour axes; rest_std: (c, h, w), roots of the variances of what is left along each colour axis and cosine;
    spectrum_std: (d,), roots of all eigenvalues, largest first, which only the closed-form losses need.
    """

    mean: Tensor
    vectors: Tensor
    std: Tensor
    axes: Tensor
    rest_std: Tensor
    spectrum_std: Tensor

    def tensors(self) -> dict[str, Tensor]:
        """Return the parts by name."""
        return dict(vars(self))


def wiener_basis(mean: Float64, covariance: Float64, shape: tuple[int, int, int], components: int) -> WienerBasis:
    """Return the basis of a mean (d,) and covariance (d, d) of images of `shape` (c, h, w), d = c h w, all float64.

    components: leading eigenpairs kept, 0..d. Raises TdotError when there are more than d, or moments that do not fit the shape.
    """
    c, h, w = shape
    d = c * h * w
    if mean.shape != (d,) or covariance.shape != (d, d):
        raise TdotError(
            f"Images of {shape} have a mean of {d} numbers and a covariance of {d} x {d}, found {mean.shape}."
        )
    if not 0 <= components <= d:
        raise TdotError(f"The Wiener filter keeps from 0 to {d} components, found {components}.")
    values, vectors = (part.flip(-1) for part in torch.linalg.eigh(torch.from_numpy(covariance)))
    values, kept = values.clamp(min=0), vectors[:, :components]
    by_colour = torch.from_numpy(covariance).reshape(c, h * w, c, h * w).diagonal(dim1=1, dim2=3).mean(-1)
    axes = torch.linalg.eigh(by_colour)[1].flip(-1).T.contiguous()
    left = torch.from_numpy(covariance) - (kept * values[:components]) @ kept.T
    # The share of each cosine that the eigenvectors leave; of the noise, too, only that share is left there.
    share = 1 - to_cosines(kept.T.reshape(-1, c, h, w), axes).square().sum(0)
    rest = _cosine_variances(left, axes, shape).clamp(min=0) / share.clamp(min=1e-9)
    return WienerBasis(
        torch.from_numpy(mean).reshape(shape),
        kept.T.contiguous(),
        values[:components].sqrt(),
        axes,
        rest.sqrt(),
        values.sqrt(),
    )


def _cosine_variances(covariance: Tensor, axes: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Return the diagonal of B covariance B^T, B the product of colour axes and cosines, as (c, h, w)."""
    c, h, w = shape
    rows = to_cosines(covariance.reshape(-1, c, h, w), axes).reshape(len(covariance), -1)
    columns = to_cosines(rows.T.reshape(-1, c, h, w), axes).reshape(len(covariance), -1)
    return columns.diagonal().reshape(c, h, w)


def to_cosines(x: Tensor, axes: Tensor) -> Tensor:
    """Return the coefficients of x (b, c, h, w) on the colour axes (c, c) and the orthonormal cosines, same shape."""
    rows, columns = (cosine_matrix(n).to(x) for n in x.shape[-2:])
    return rows @ torch.einsum("kc,bchw->bkhw", axes.to(x), x) @ columns.T


def from_cosines(y: Tensor, axes: Tensor) -> Tensor:
    """Return the images (b, c, h, w) of such coefficients: the inverse of `to_cosines`."""
    rows, columns = (cosine_matrix(n).to(y) for n in y.shape[-2:])
    return torch.einsum("kc,bkhw->bchw", axes.to(y), rows.T @ y @ columns)


def wiener_eps(basis: WienerBasis, x_t: Tensor, alpha_bar: Tensor, noise_var: Tensor) -> Tensor:
    """Return eps_hat = sqrt(1 - ab) (ab Sigma + (1 - ab) I)^(-1) (x_t - sqrt(ab) mu), the best linear estimate of the noise.

    x_t: (b, c, h, w); alpha_bar, noise_var: ab and 1 - ab, (b,) of x_t's dtype, each rounded from float64 (in float32 the
    difference would be off by 1.7e-4 at t = 1). On the kept eigenvectors this is exact; on what they leave, the covariance is
    taken as diagonal in colour axes and cosine frequencies. With all d components it is the exact answer for Gaussian
    data, eps_hat = -sqrt(1 - ab) times the score. Source: wiener1949.
    """
    ab, noise = alpha_bar[:, None], noise_var[:, None]
    y = x_t - (ab.sqrt() * basis.mean.flatten()).view_as(x_t)
    leading = y.flatten(1) @ basis.vectors.T
    scaled = leading * (noise.sqrt() / (ab * basis.std.square() + noise))
    if len(basis.std) == basis.mean.numel():
        return (scaled @ basis.vectors).view_as(x_t)
    rest = to_cosines(y - (leading @ basis.vectors).view_as(y), basis.axes)
    spread = ab[..., None, None] * basis.rest_std.square() + noise[..., None, None]
    left = from_cosines(rest * (noise.sqrt()[..., None, None] / spread), basis.axes).flatten(1)
    # What the scaling leaks back onto the eigenvectors is taken out: they have their own answer.
    left = left - (left @ basis.vectors.T) @ basis.vectors
    return (scaled @ basis.vectors + left).view_as(x_t)


def wiener_loss(spectrum_std: Tensor, alpha_bar: Tensor, noise_var: Tensor) -> Tensor:
    """Return E|eps - eps_hat|^2 / d = mean_i ab l_i / (ab l_i + 1 - ab) of the exact linear filter, shape (b,).

    spectrum_std: (d,), the square roots of all eigenvalues l_i; alpha_bar, noise_var: ab and 1 - ab, (b,).
    """
    signal = alpha_bar[:, None] * spectrum_std.square()
    return (signal / (signal + noise_var[:, None])).mean(1)


def linear_errors(x0: Tensor, eps: Tensor, mean: Tensor, covariance: Tensor) -> Callable[[float], Tensor]:
    """Return errors(ab): |eps - eps_hat|^2 / d of the exact linear filter at x_t = sqrt(ab) x0 + sqrt(1 - ab) eps, (n,).

    x0, eps: (n, d) float; mean: (d,), covariance: (d, d) float64, of which every eigenvector is used. ab: in (0, 1). Images and
    noise are turned to the eigenvectors once, which keeps lengths; there, with the eigenvalues l,
    eps - eps_hat = (ab l eps - sqrt(ab (1 - ab)) (x0 - mean)) / (ab l + 1 - ab). Source: wiener1949.
    """
    values, vectors = torch.linalg.eigh(covariance)
    values, vectors = values.clamp(min=0).to(x0), vectors.to(x0)
    signal, noise = (x0 - mean.to(x0)) @ vectors, eps @ vectors

    def errors(ab: float) -> Tensor:
        left = ab * values * noise - math.sqrt(ab * (1 - ab)) * signal
        found: Tensor = (left / (ab * values + (1 - ab))).square().mean(1)
        return found

    return errors
