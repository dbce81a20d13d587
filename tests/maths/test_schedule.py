"""The schedules against exact decimal arithmetic, diffusers and the closed form."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from diffusers import DDPMScheduler
from hypothesis import given
from hypothesis import strategies as st

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule


def decimal_alpha_bar(T: int) -> list[Decimal]:
    """Return prod (1 - beta_i) to 50 digits, beta_i from 0.0001 to 0.02 in equal steps."""
    with localcontext() as context:
        context.prec = 50
        first, last = Decimal("0.0001"), Decimal("0.02")
        product, products = Decimal(1), [Decimal(1)]
        for i in range(T):
            product *= 1 - (first + (last - first) * i / (T - 1))
            products.append(product)
    return products


def test_linear_against_fifty_digits() -> None:
    exact = decimal_alpha_bar(1000)
    got = NoiseSchedule().alpha_bar
    assert len(got) == len(exact) == 1001 and got[0] == 1
    worst = max(abs(Decimal(float(g)) / e - 1) for g, e in zip(got, exact, strict=True))
    assert worst < Decimal("1e-12")


def test_the_noise_of_the_first_step_is_not_lost_to_float32() -> None:
    noise = 1 - NoiseSchedule().alpha_bar[1]
    assert abs(noise / 1e-4 - 1) < 1e-11
    in_float32 = np.float32(1) - np.float32(NoiseSchedule().alpha_bar[1])
    assert abs(float(in_float32) / 1e-4 - 1) > 1e-4, "float64 would not be needed"


@pytest.mark.parametrize(("t", "std"), [(10, 0.0435), (50, 0.170), (100, 0.321), (200, 0.584), (500, 0.960)])
def test_known_noise_levels(t: int, std: float) -> None:
    digits = 4 if t == 10 else 3
    assert round(float(NoiseSchedule().noise_std[t]), digits) == std


def test_what_is_left_of_the_signal_at_the_end() -> None:
    assert math.sqrt(NoiseSchedule().alpha_bar[1000]) == pytest.approx(0.006, abs=5e-4)


@pytest.mark.parametrize(("name", "theirs"), [("linear", "linear"), ("cosine", "squaredcos_cap_v2")])
def test_equals_diffusers(name: str, theirs: str) -> None:
    alphas = DDPMScheduler(beta_schedule=theirs).alphas_cumprod.double().numpy()
    assert np.allclose(NoiseSchedule(name).alpha_bar[1:], alphas, rtol=2e-4, atol=1e-9)


def test_cosine_telescopes_until_its_clip() -> None:
    """alpha_bar_t = f(t) / f(0) wherever no beta was clipped, and only the last one is."""
    T = 1000
    f = [math.cos((t / T + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(T + 1)]
    got = NoiseSchedule("cosine").alpha_bar
    assert np.allclose(got[:T], np.array(f[:T]) / f[0], rtol=1e-9)
    assert got[T] == pytest.approx(got[T - 1] * 0.001, rel=1e-12)


@given(name=st.sampled_from(["linear", "cosine"]), T=st.integers(2, 1500))
def test_signal_only_falls(name: str, T: int) -> None:
    schedule = NoiseSchedule(name, T)
    assert schedule.alpha_bar.shape == (T + 1,) and schedule.alpha_bar.dtype == np.float64
    assert schedule.alpha_bar[0] == 1 and (np.diff(schedule.alpha_bar) < 0).all() and schedule.alpha_bar[-1] > 0
    assert np.allclose(schedule.noise_std**2 + schedule.alpha_bar, 1)


def test_snr_in_decibels() -> None:
    schedule = NoiseSchedule()
    assert schedule.snr_db[0] == math.inf
    ab = schedule.alpha_bar[200]
    assert schedule.snr_db[200] == pytest.approx(10 * math.log10(ab / (1 - ab)))
    assert (np.diff(schedule.snr_db[1:]) < 0).all()


def test_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        NoiseSchedule().alpha_bar[3] = 0.5


def test_equal_by_name_and_length() -> None:
    assert NoiseSchedule() == NoiseSchedule("linear", 1000) != NoiseSchedule("cosine")
    assert len({NoiseSchedule(), NoiseSchedule("linear", 1000), NoiseSchedule("linear", 10)}) == 2


@pytest.mark.parametrize(("name", "T", "message"), [("square", 10, "cosine, linear"), ("linear", 0, "T = 0")])
def test_refuses(name: str, T: int, message: str) -> None:
    with pytest.raises(TdotError, match=message):
        NoiseSchedule(name, T)


def test_check_t_takes_whole_numbers_in_range() -> None:
    schedule = NoiseSchedule()
    assert [schedule.check_t(t) for t in (1, 1000, 10.0)] == [1, 1000, 10]  # type: ignore[arg-type]
    assert schedule.check_t(0, low=0) == 0
    for bad in (0, 1001, -3, 2.5, True):
        with pytest.raises(TdotError, match="whole number from 1 to 1000"):
            schedule.check_t(bad)  # type: ignore[arg-type]
