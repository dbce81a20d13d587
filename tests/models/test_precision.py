"""Mixed precision: float32 outside, close to float32 inside, refused where the hardware lacks it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from tdot_core.errors import TdotError
from tdot_core.models import precision as module
from tdot_core.models.dcgan import Encoder
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.precision import Arithmetic, bf16_pays, has_bf16

CPU = torch.device("cpu")


def test_bf16_is_refused_where_the_hardware_lacks_it_and_auto_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_bf16", lambda device: False)
    monkeypatch.setattr(module, "bf16_pays", lambda device: False)
    with pytest.raises(TdotError, match="does not compute in bf16"):
        Arithmetic("bf16", CPU)
    assert not Arithmetic("auto", CPU).bf16 and not Arithmetic("fp32", CPU).bf16


def test_has_bf16_reads_the_processor() -> None:
    processor = Path("/proc/cpuinfo")
    if not processor.exists() or "flags" not in processor.read_text():
        pytest.skip("needs Linux on x86, whose /proc/cpuinfo lists what the processor can do")
    flags = processor.read_text()
    assert has_bf16(CPU) == ("avx512_bf16" in flags or "amx_bf16" in flags)
    assert bf16_pays(CPU) == ("amx_tile" in flags)
    assert not has_bf16(torch.device("mps")) and not bf16_pays(torch.device("mps"))


@pytest.mark.parametrize("tiles", [False, True])
def test_auto_is_bf16_only_on_a_cpu_with_tiles_and_by_name_the_instructions_suffice(
    tiles: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: tiles)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert Arithmetic("auto", CPU).bf16 == tiles
    assert Arithmetic("bf16", CPU).bf16 and not Arithmetic("fp32", CPU).bf16


def test_fp32_is_the_network_itself() -> None:
    net, x = Encoder(4, 8).eval(), torch.randn(2, 3, 32, 32)
    assert all(torch.equal(a, b) for a, b in zip(Arithmetic("fp32", CPU)(net, x), net(x), strict=True))


def test_bf16_stays_close_and_gives_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward and gradients of the denoiser within bfloat16's three digits of float32's, on any CPU (emulated or not)."""
    monkeypatch.setattr(module, "has_bf16", lambda device: True)
    torch.manual_seed(0)
    net, x, t = (
        build_denoiser(DenoiserConfig(width=32, target="eps")),
        torch.randn(4, 3, 32, 32),
        torch.tensor([1, 50, 400, 1000]),
    )
    exact = net(x, t)
    (exact - x).square().mean().backward()
    gradients = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    net.zero_grad()
    precision = Arithmetic("bf16", CPU)
    precision.prepare(net)
    near = precision(net, x, t)
    (near - x).square().mean().backward()
    assert near.dtype == torch.float32
    assert float((near - exact).norm() / exact.norm()) < 0.02
    pairs = zip((p.grad for p in net.parameters() if p.grad is not None), gradients, strict=True)
    error = sum(float((a - b).square().sum()) for a, b in pairs) / sum(float(g.square().sum()) for g in gradients)
    assert error**0.5 < 0.05
    assert all(p.dtype == torch.float32 for p in net.parameters())


def test_prepare_leaves_a_float32_network_alone() -> None:
    net = nn.Sequential(nn.GroupNorm(2, 4))
    Arithmetic("fp32", CPU).prepare(net)
    assert not net[0]._forward_pre_hooks
