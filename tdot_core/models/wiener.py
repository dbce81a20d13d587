"""The Wiener filter as a network: a denoiser in its own right, and what the learned one begins from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.wiener import WienerBasis, wiener_basis, wiener_eps, wiener_loss
from tdot_core.models.nfe import record_forward

SHAPE = (3, 32, 32)
ROUNDED = 1e-5
"""How far from orthonormal rows are that were stored in float16 (1e-4), not in float32 (1e-6)."""


class WienerFilter(nn.Module):
    """Predict the noise linearly: x (b, 3, 32, 32) float32 and t (b,) int64 in 1..T => eps_hat, always in float32.

    components: leading eigenpairs of the data's covariance. Its buffers hold a WienerBasis, empty until `describe` or a state
    dict fills them.
    """

    alpha_bar: Tensor
    noise_var: Tensor
    vectors: Tensor
    axes: Tensor

    def __init__(self, schedule: NoiseSchedule, components: int) -> None:
        super().__init__()
        d = int(np.prod(SHAPE))
        empty = {
            "mean": SHAPE,
            "vectors": (components, d),
            "std": (components,),
            "axes": (3, 3),
            "rest_std": SHAPE,
            "spectrum_std": (d,),
        }
        for name, shape in empty.items():
            self.register_buffer(name, torch.zeros(shape))
        self.components = components
        alpha_bar = torch.from_numpy(schedule.alpha_bar.copy())
        self.register_buffer("alpha_bar", alpha_bar.float(), persistent=False)
        self.register_buffer("noise_var", (1 - alpha_bar).float(), persistent=False)
        self.register_load_state_dict_post_hook(lambda module, keys: module.straighten())  # type: ignore[no-untyped-call]

    @torch.no_grad()
    def straighten(self) -> None:
        """Make rows that were rounded to float16 orthonormal again: what they lack shows where nearly all of x_t is noise."""
        for rows in (self.vectors, self.axes):
            v = rows.cpu().double()  # Apple's devices know no float64
            gram = v @ v.T
            if len(v) and float((gram - torch.eye(len(v), dtype=v.dtype)).abs().max()) > ROUNDED:
                # One Newton step to the nearest orthonormal rows: an error of 1e-4 becomes one of 1e-8.
                rows.copy_(1.5 * v - 0.5 * gram @ v)

    def describe(self, mean: npt.NDArray[np.float64], covariance: npt.NDArray[np.float64]) -> None:
        """Fill the buffers from the data's moments: mean (3072,), covariance (3072, 3072), float64."""
        for name, tensor in wiener_basis(mean, covariance, SHAPE, self.components).tensors().items():
            getattr(self, name).copy_(tensor)

    def basis(self) -> WienerBasis:
        """Return what the buffers hold."""
        return WienerBasis(*(self.get_buffer(name) for name in WienerBasis.__dataclass_fields__))

    def loss(self, t: Tensor) -> Tensor:
        """Return the expected |eps - eps_hat|^2 / d of the exact linear filter at t (b,), float32."""
        return wiener_loss(self.basis().spectrum_std, self.alpha_bar[t], self.noise_var[t])

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return wiener_eps(self.basis(), x.float(), self.alpha_bar[t], self.noise_var[t])


class WienerDenoiser(nn.Module):
    """The filter behind the denoiser's interface; every forward counts as one NFE."""

    def __init__(self, wiener: WienerFilter) -> None:
        super().__init__()
        self.wiener = wiener

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        record_forward(len(x))
        eps_hat: Tensor = self.wiener(x, t)
        return eps_hat
