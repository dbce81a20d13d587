"""The generator and its mirrors against torch's own convolutions."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tdot_core.models.dcgan import Critic, Encoder, FromPoint, Generator, ToPoint


def test_from_point_is_the_transposed_convolution_of_a_point() -> None:
    layer, x = FromPoint(24, 10, 4, bias=False), torch.randn(5, 24, 1, 1)
    torch.testing.assert_close(layer(x), F.conv_transpose2d(x, layer.weight), rtol=1e-5, atol=1e-6)


def test_to_point_is_the_convolution_with_a_kernel_as_large_as_its_input() -> None:
    layer, x = ToPoint(10, 24, 4), torch.randn(5, 10, 4, 4)
    torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight, layer.bias), rtol=1e-5, atol=1e-6)


def test_shapes_and_the_documented_number_of_parameters() -> None:
    net, z = Generator(1024, 32), torch.randn(2, 1024)
    assert net(z).shape == (2, 3, 32, 32)
    assert round(sum(p.numel() for p in net.parameters()) / 1e6, 1) == 4.9
    mean, log_variance = Encoder(7, 8)(net(z))
    assert mean.shape == log_variance.shape == (2, 7)
    assert Critic(8)(net(z)).shape == (2,)
