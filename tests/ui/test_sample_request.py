"""What the Sample screen makes of a choice."""

from __future__ import annotations

import pytest

from tdot_core.maths.chain import SAMPLERS as KNOWN
from tdot_core.maths.grid import time_grid
from tdot_core.services.prior_catalogue import PriorChoice
from ui.sample_request import SAMPLERS, SampleRequest, below_sentence, clamped_sentence, origin, rows_of, seconds_text
from ui.sample_scrubber import frame_times

GAN = PriorChoice("gan", "gan", "GAN", 10, True, "cifar10")
IMPORTED = PriorChoice("imported:x", "imported", "Imported", 0, False, "x")
GAUSSIAN = PriorChoice("gaussian", "gaussian", "Gaussian", None, True, "cifar10")
VANILLA = PriorChoice("vanilla", "vanilla", "Vanilla", None, True, "")


def test_every_sampler_has_a_name() -> None:
    assert set(SAMPLERS) == set(KNOWN)


@pytest.mark.parametrize(("t_star", "steps", "walked"), [(200, 10, 10), (5, 10, 5), (1, 1000, 1), (10, 10, 10)])
def test_steps_are_clamped_to_t_star(t_star: int, steps: int, walked: int) -> None:
    request = SampleRequest(("gan",), t_star, steps)
    assert request.walked == walked and bool(clamped_sentence(request)) == (walked < steps)
    request.settings().check(schedule())


def schedule() -> object:
    from tdot_core.maths.schedule import NoiseSchedule

    return NoiseSchedule()


@pytest.mark.parametrize(("t_star", "steps"), [(200, 10), (1000, 1000), (3, 3), (500, 37)])
def test_kept_states_run_from_the_start_to_the_result(t_star: int, steps: int) -> None:
    request = SampleRequest(("gan",), t_star, steps)
    times = frame_times(request)
    assert times[0] == t_star and times[-1] == 0 and set(times) <= set(time_grid(t_star, steps))
    assert times == sorted(set(times), reverse=True) and len(times) == request.frames + 1 <= 21


@pytest.mark.parametrize(
    ("choice", "t_star", "serves"), [(GAN, 9, False), (GAN, 10, True), (IMPORTED, 1, True), (VANILLA, 1, True)]
)
def test_below_t_train_is_explained(choice: PriorChoice, t_star: int, serves: bool) -> None:
    sentence = below_sentence(choice, t_star)
    assert (sentence == "") == serves
    assert serves or ("t = 10" in sentence and "t* = 9" in sentence)


def test_origin_says_how_a_prior_comes_to_t_star() -> None:
    assert origin(GAN, 10) == "trained at 10" and origin(GAN, 300) == "trained at 10, lifted to 300"
    assert origin(IMPORTED, 50) == "clean, noised to 50" and origin(GAUSSIAN, 50) == "drawn at 50"
    assert origin(VANILLA, 50) == "pure noise: right only at t* = T"


def test_the_mark_follows_everything_but_the_choice_of_priors() -> None:
    one = SampleRequest(("gan",), 100, 10)
    assert one.mark == SampleRequest(("vae", "ot"), 100, 10).mark
    others = [
        SampleRequest(("gan",), 101, 10),
        SampleRequest(("gan",), 100, 10, seed=1),
        SampleRequest(("gan",), 100, 10, clip_x0=False),
    ]
    assert len({one.mark, *(other.mark for other in others)}) == 4


@pytest.mark.parametrize("n", range(13))
def test_rows_hold_every_column_and_at_most_five(n: int) -> None:
    rows = rows_of(n)
    assert sum(rows) == n and all(1 <= k <= 5 for k in rows) and (not rows or max(rows) - min(rows) <= 1)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.0004, "0.4 ms"), (0.052, "52 ms"), (0.9949, "995 ms"), (0.996, "1.0 s"), (59.4, "59 s"), (59.6, "1 min"), (125, "2 min 5 s"), (7260, "2 h 1 min")],
)  # fmt: skip
def test_durations_read_at_a_glance(seconds: float, words: str) -> None:
    assert seconds_text(seconds) == words
