"""What an evaluation can be asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tdot_core.errors import TdotError
from tdot_core.maths.streams import MAX_SEED
from tdot_core.metrics import metrics
from tdot_core.services.evaluation.spec import MAX_N, EvaluationSpec


def test_a_spec_survives_json() -> None:
    spec = EvaluationSpec(
        ("ot", "gan"), t_stars=(10, 300), samplers=("ddim", "dpmpp-2m"), eta=0.5, sets=3, metrics=("kid", "fd"), seed=9
    )
    assert EvaluationSpec.from_plain(json.loads(json.dumps(spec.plain()))) == spec


def test_repeated_entries_count_once_and_metrics_keep_the_order_of_tables() -> None:
    spec = EvaluationSpec(("ot", "gan", "ot"), t_stars=(20, 10, 20), metrics=("kid", "fd", "kid"))
    assert (spec.priors, spec.t_stars, spec.metric_keys) == (("ot", "gan"), (20, 10), ("fd", "kid"))
    assert EvaluationSpec(("ot",)).metric_keys == tuple(metrics.all())


def test_the_largest_seeds_fit() -> None:
    assert EvaluationSpec(("ot",), n=100, sets=10, seed=MAX_SEED - 1000).seed == MAX_SEED - 1000
    with pytest.raises(TdotError, match="seed must be from 0"):
        EvaluationSpec(("ot",), n=100, sets=10, seed=MAX_SEED - 999)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"priors": ()}, "at least one of its priors, or images"),
        ({"priors": "ot"}, "priors takes a list"),
        ({"priors": (3,)}, "priors takes a text"),
        ({"t_stars": ()}, "at least one of its t_stars"),
        ({"t_stars": (0,)}, "t_star must be at least 1"),
        ({"t_stars": (10.0,)}, "whole number"),
        ({"n_steps": 11}, "n_steps must be from 1 to t_star = 10"),
        ({"t_stars": (300, 9)}, "n_steps must be from 1 to t_star = 9"),
        ({"n_steps": 0}, "n_steps must be"),
        ({"samplers": ("none-such",)}, "Unknown sampler 'none-such'"),
        ({"eta": 1.5}, "eta must be from 0"),
        ({"eta": float("nan")}, "finite number"),
        ({"eta": 0.5, "samplers": ("ddpm",)}, "eta is a setting of the ddim sampler"),
        ({"n": 1}, "n must be from 2 to"),
        ({"n": MAX_N + 1}, "n must be from 2 to"),
        ({"n": True}, "whole number"),
        ({"sets": 0}, "sets must be from 1"),
        ({"seed": -1}, "seed must be from 0"),
        ({"metrics": ("fid",)}, "Unknown metric 'fid'. Known: " + ", ".join(sorted(metrics.all()))),
        ({"clip_x0": 1}, "true or false"),
        ({"precision": "fp8"}, "Unknown precision 'fp8'"),
        ({"include_floor": "yes"}, "true or false"),
        ({"layers": (64,)}, "layers takes a text"),
        ({"images": (), "priors": ()}, "found neither"),
    ],
)
def test_what_is_out_of_range_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TdotError, match=message):
        EvaluationSpec(**({"priors": ("ot",)} | changes))


def test_json_of_something_else_is_refused() -> None:
    with pytest.raises(TdotError, match="Unknown evaluation setting 'prior'"):
        EvaluationSpec.from_plain({"prior": ["ot"]})
    with pytest.raises(TdotError, match="needs at least one of its priors"):
        EvaluationSpec.from_plain({"n": 3})


def test_evaluations_of_one_layer_can_be_resumed() -> None:
    assert EvaluationSpec.from_plain({"priors": ["ot"], "layer": "64"}).layers == ("64",)
    assert EvaluationSpec.from_plain({"priors": ["ot"], "layer": ""}).layers == ()
