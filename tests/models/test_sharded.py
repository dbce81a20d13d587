"""Gradients taken shard by shard against autograd over the whole batch."""

from __future__ import annotations

import threading
import time

import pytest
import torch
from torch import Tensor, nn

from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.precision import Arithmetic
from tdot_core.models.sharded import ShardedGradient
from tdot_core.models.threads import single_threaded_pool

CPU = torch.device("cpu")


@pytest.mark.parametrize("shards", [1, 2, 3, 7])
@pytest.mark.parametrize("n", [1, 16, 100, 128])
def test_loss_and_gradients_equal_those_of_the_whole_batch(n: int, shards: int) -> None:
    generator = torch.Generator().manual_seed(n)
    net = nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 2)).double()
    x, y = torch.randn(n, 5, generator=generator).double(), torch.randn(n, 2, generator=generator).double()

    def loss_of(x: Tensor, y: Tensor) -> Tensor:
        return (net(x) - y).square().mean()

    whole = loss_of(x, y)
    expected = torch.autograd.grad(whole, list(net.parameters()))
    loss = ShardedGradient(list(net.parameters()), CPU, shards)(loss_of, x, y)
    torch.testing.assert_close(loss, whole.detach())
    torch.testing.assert_close([p.grad for p in net.parameters()], list(expected))


@pytest.mark.parametrize("choice", ["fp32", "auto"])
def test_the_denoisers_gradients_are_the_same_from_two_threads_in_either_arithmetic(choice: str) -> None:
    torch.manual_seed(0)
    net = build_denoiser(DenoiserConfig(width=32, target="eps"))
    precision = Arithmetic(choice, CPU)
    precision.prepare(net)
    x, t, eps = torch.randn(64, 3, 32, 32), torch.randint(1, 1001, (64,)), torch.randn(64, 3, 32, 32)

    def loss_of(x: Tensor, t: Tensor, eps: Tensor) -> Tensor:
        return (precision(net, x, t) - eps).square().mean()

    found = []
    for shards in (1, 2):
        gradient = ShardedGradient(list(net.parameters()), CPU, shards)
        for _ in range(3):
            loss = gradient(loss_of, x, t, eps)
        found.append((loss, torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])))
    (loss_1, g_1), (loss_2, g_2) = found
    tolerance = 1e-5 if not precision.bf16 else 1e-2  # a sum's last bits, in either arithmetic
    assert float((loss_1 - loss_2).abs() / loss_1) < tolerance
    assert float((g_1 - g_2).norm() / g_1.norm()) < tolerance


def test_an_error_inside_a_shard_reaches_the_caller() -> None:
    net = nn.Linear(2, 1)

    def fails(x: Tensor) -> Tensor:
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        ShardedGradient(list(net.parameters()), CPU, 2)(fails, torch.zeros(64, 2))


def test_an_error_waits_for_the_other_shards() -> None:
    net, ended = nn.Linear(2, 1), threading.Event()

    def fails_first(x: Tensor) -> Tensor:
        if float(x[0, 0]) == 0:
            raise ValueError("inside")
        time.sleep(0.2)
        ended.set()
        return net(x).mean()  # type: ignore[no-any-return]

    x = torch.arange(64.0).repeat_interleave(2).reshape(64, 2)
    with pytest.raises(ValueError, match="inside"):
        ShardedGradient(list(net.parameters()), CPU, 2)(fails_first, x)
    assert ended.is_set()


def test_threads_that_cannot_begin_say_why_and_hold_nobody_up() -> None:
    def fails() -> None:
        raise ValueError("at the start")

    before = torch.get_num_threads()
    with pytest.raises(ValueError, match="at the start"):
        single_threaded_pool(3, "test", fails)
    assert torch.get_num_threads() == before


def test_making_threads_leaves_the_callers_number_of_threads() -> None:
    before = torch.get_num_threads()
    ShardedGradient([], CPU, 3)
    assert torch.get_num_threads() == before
