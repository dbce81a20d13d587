"""What stands around a denoising network: eps_hat = base(x_t, t) + gain(t) F(inputs, t)."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from tdot_core.maths.preconditioning import linear_preconditioning
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.wiener import WienerFilter


class Preconditioning(nn.Module, ABC):
    """Give what surrounds the network at (x (b, 3, 32, 32), t (b,)): its input, the base to add to and the gain."""

    @abstractmethod
    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Return (inputs (b, c, 32, 32), base (b, 3, 32, 32)), both float32."""

    @abstractmethod
    def gain(self, t: Tensor) -> Tensor:
        """Return the factor of the network's output, shape (b,), float32, never 0."""

    def share(self, t: Tensor) -> Tensor | None:
        """Return how much of the network's output is kept outside training, (b,), float32; None for all."""
        return None


class LinearPreconditioning(Preconditioning):
    """A multiple of x_t and a gain, both functions of t alone: the targets eps, v and edm."""

    base: Tensor
    gains: Tensor

    def __init__(self, target: str, schedule: NoiseSchedule) -> None:
        super().__init__()
        for name, values in zip(("base", "gains"), linear_preconditioning(target, schedule), strict=True):
            self.register_buffer(name, torch.from_numpy(values.copy()).float(), persistent=False)

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        return x, self.base[t][:, None, None, None] * x

    def gain(self, t: Tensor) -> Tensor:
        return self.gains[t]


class WienerPreconditioning(Preconditioning):
    """The Wiener filter's eps_hat, and the root of its mean squared error as gain: the network learns what the filter leaves.

    x0_hat = Wiener(x_t, t) + c_out F with c_out^2 the filter's mean residual variance, that is eps_hat = eps_Wiener - sqrt(ab /
    (1 - ab)) c_out F, and ab / (1 - ab) c_out^2 is the filter's own eps loss. The network sees x_t and the filter's x0_hat,
    times 2 to about unit variance. shares: see `trusted_share`, ones until a training has ended.
    """

    shares: Tensor

    def __init__(self, wiener: WienerFilter) -> None:
        super().__init__()
        self.wiener = wiener
        self.register_buffer("shares", torch.ones(len(wiener.alpha_bar)))
        self.register_load_state_dict_pre_hook(_whole_where_missing)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        base: Tensor = self.wiener(x, t)
        signal, noise = (v[t].sqrt()[:, None, None, None] for v in (self.wiener.alpha_bar, self.wiener.noise_var))
        return torch.cat([x, 2 * (x - noise * base) / signal], 1), base

    def gain(self, t: Tensor) -> Tensor:
        return -self.wiener.loss(t).sqrt()

    def share(self, t: Tensor) -> Tensor | None:
        return self.shares[t]


def _whole_where_missing(module: nn.Module, tensors: dict[str, Tensor], prefix: str, *_: object) -> None:
    # Weights written before there were shares have none.
    tensors.setdefault(prefix + "shares", torch.ones(len(module.get_buffer("shares"))))
