"""A denoiser that begins with another one's weights."""

from __future__ import annotations

import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.warm_start import begin_with

EPS = DenoiserConfig(width=32, target="eps")
WIENER = DenoiserConfig(width=32, target="wiener", components=4)


def test_with_the_same_settings_it_is_the_same_network() -> None:
    first, second = build_denoiser(EPS).eval(), build_denoiser(EPS).eval()
    begin_with(second, first.state_dict(), same_target=True)
    x, t = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)), torch.tensor([3, 700])
    with torch.no_grad():
        torch.testing.assert_close(first(x, t), second(x, t))


def test_for_another_target_the_trunk_is_kept_and_training_begins_at_the_filter() -> None:
    first, second = build_denoiser(EPS), build_denoiser(WIENER)
    begin_with(second, first.state_dict(), same_target=False)
    given, found = first.state_dict(), second.state_dict()
    torch.testing.assert_close(found["unet.conv_in.weight"][:, :12], given["unet.conv_in.weight"])
    assert not found["unet.conv_in.weight"][:, 12:].any() and not found["unet.conv_out.weight"].any()
    trunk = [name for name in given if not name.startswith(("unet.conv_in.weight", "unet.conv_out"))]
    assert len(trunk) > 100 and all(torch.equal(found[name], given[name]) for name in trunk)


def test_a_network_of_another_size_is_refused_by_the_name_of_what_does_not_fit() -> None:
    wider = build_denoiser(DenoiserConfig(width=64, target="eps"))
    with pytest.raises(TdotError, match=r"takes shape \(64.*found shape \(32"):
        begin_with(wider, build_denoiser(EPS).state_dict(), same_target=True)


def test_a_narrower_network_is_no_beginning_for_a_wider_one_with_more_inputs() -> None:
    wider = build_denoiser(DenoiserConfig(width=64, target="wiener", components=4))
    with pytest.raises(TdotError, match=r"conv_in.*takes shape \(64, 24.*found shape \(32, 12"):
        begin_with(wider, build_denoiser(EPS).state_dict(), same_target=False)
