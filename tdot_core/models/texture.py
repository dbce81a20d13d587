"""The noise of a decoder: as strong as a network says for each pixel, and coloured like the residuals it was fitted on."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from tdot_core.models.dcgan import Generator

MOMENTUM = 0.01
LOWEST, HIGHEST = -5.0, 1.0


class Texture(nn.Module):
    """Model x - mean(z) = s(z) * e, with s(z) > 0 per pixel and e stationary Gaussian noise over a periodic 32x32 image.

    The standard deviation s (b, 3, 32, 32) = exp of a DCGAN generator's output, from e^-5 to e. e has the cross spectrum
    S(k) = E[F(k) F(k)^H] of its three channels, F the unitary Fourier transform of the normalised residuals, kept as a
    running average: buffers of shape (32, 32, 3, 3). A diagonal Gaussian decoder (Kingma 2014, appendix C.2) whose noise
    is not white.
    """

    spectrum_real: Tensor
    spectrum_imag: Tensor

    def __init__(self, latent: int, width: int) -> None:
        super().__init__()
        self.scale = Generator(latent, width)
        white = torch.eye(3).expand(32, 32, 3, 3).clone()
        self.register_buffer("spectrum_real", white)
        self.register_buffer("spectrum_imag", torch.zeros_like(white))

    def forward(self, z: Tensor) -> Tensor:
        """Return log s(z), shape (b, 3, 32, 32)."""
        out: Tensor = self.scale(z)
        return out.clamp(LOWEST, HIGHEST)

    @torch.no_grad()
    def observe(self, normalised: Tensor) -> None:
        """Move the running spectrum towards that of residuals over s, shape (b, 3, 32, 32) float32."""
        frequencies = torch.fft.fft2(normalised.float(), norm="ortho").permute(0, 2, 3, 1)
        found = torch.einsum("bhwi,bhwj->hwij", frequencies, frequencies.conj()) / len(normalised)
        self.spectrum_real.lerp_(found.real, MOMENTUM)
        self.spectrum_imag.lerp_(found.imag, MOMENTUM)

    def colour(self, white: Tensor) -> Tensor:
        """Return noise of the kept spectrum from white noise, both (b, 3, 32, 32): S(k)^(1/2) times each frequency."""
        values, vectors = torch.linalg.eigh(torch.complex(self.spectrum_real.float(), self.spectrum_imag.float()))
        root = (vectors * values.clamp_min(0).sqrt()[..., None, :]) @ vectors.mH
        frequencies = torch.fft.fft2(white, norm="ortho").permute(0, 2, 3, 1)[..., None]
        coloured = (root @ frequencies)[..., 0].permute(0, 3, 1, 2)
        # S(-k) is the conjugate of S(k), as for every real signal, so nothing imaginary is thrown away.
        noise: Tensor = torch.fft.ifft2(coloured, norm="ortho").real
        return noise
