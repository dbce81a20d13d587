"""What the Sample screen makes of a choice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tdot_core.maths.grid import time_grid
from tdot_core.maths.samplers import samplers
from tdot_core.services.catalogue.priors import PriorChoice
from ui.pickers.priors import SAMPLERS, below_sentence
from ui.sample.player import state_names
from ui.sample.preview import coarse
from ui.sample.request import SampleRequest, clamped_sentence, origin, rows_of
from ui.words import seconds_text

GAN = PriorChoice("gan", "gan", "GAN", 10, True, "cifar10")
IMPORTED = PriorChoice("imported:x", "imported", "Imported", 0, False, "x")
GAUSSIAN = PriorChoice("gaussian", "gaussian", "Gaussian", None, True, "cifar10")
VANILLA = PriorChoice("vanilla", "vanilla", "Vanilla", None, True, "")


def test_every_sampler_has_a_name() -> None:
    assert list(SAMPLERS) == list(samplers.all())


@pytest.mark.parametrize(("t_star", "steps", "walked"), [(200, 10, 10), (5, 10, 5), (1, 1000, 1), (10, 10, 10)])
def test_steps_are_clamped_to_t_star(t_star: int, steps: int, walked: int) -> None:
    request = SampleRequest(("gan",), t_star, steps)
    assert request.walked == walked and bool(clamped_sentence(request)) == (walked < steps)
    request.settings().check(schedule())


def schedule() -> object:
    from tdot_core.maths.schedule import NoiseSchedule

    return NoiseSchedule()


def test_a_coarse_request_is_small_and_draws_at_the_same_t_as_a_full_one_would() -> None:
    full = SampleRequest(("gan",), 200, 10, "dpmpp-2m", seed=7, n=16)
    assert coarse(full, 300) == replace(full, t_star=300, n=4, n_steps=4)
    assert coarse(replace(full, n_steps=2), 300).n_steps == 2 and coarse(full, 3).walked == 3


@pytest.mark.parametrize(("t_star", "steps"), [(200, 10), (1000, 1000), (3, 3), (500, 37)])
def test_kept_states_run_from_the_start_to_the_result(t_star: int, steps: int) -> None:
    request = SampleRequest(("gan",), t_star, steps)
    times = list(request.times)
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
    [
        (0.0004, "0.4 ms"),
        (0.052, "52 ms"),
        (0.9949, "995 ms"),
        (0.996, "1.0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (7260, "2 h 1 min"),
    ],
)
def test_durations_read_at_a_glance(seconds: float, words: str) -> None:
    assert seconds_text(seconds) == words


def test_a_state_is_called_by_its_t_where_the_columns_share_their_times() -> None:
    names = state_names([(100, 50, 0), (100, 50, 0)])
    assert (
        names[0].startswith("t = 100, the start")
        and names[1].startswith("t = 50 ")
        and names[2] == "The results, t = 0"
    )
    mixed = state_names([(10, 5, 0), (400, 200, 100, 0)])
    assert mixed[1:3] == ["1 of 3 states after the start", "2 of 3 states after the start"] and len(mixed) == 4
    assert len(state_names([])) == 2
