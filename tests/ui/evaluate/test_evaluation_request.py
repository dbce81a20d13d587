"""The form's request against the checked settings that it becomes."""

from __future__ import annotations

import dataclasses

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.evaluation.spec import EvaluationSpec
from ui.evaluate.request import EvaluationRequest


def test_it_has_every_setting_of_a_spec_with_its_type_and_default() -> None:
    theirs = {f.name: (f.type, f.default) for f in dataclasses.fields(EvaluationSpec)}
    assert {f.name: (f.type, f.default) for f in dataclasses.fields(EvaluationRequest)} == theirs


def test_what_was_recorded_comes_back() -> None:
    spec = EvaluationSpec(
        ("ot", "gan"),
        t_stars=(10, 100),
        samplers=("ddim", "heun"),
        grids=("logsnr",),
        eta=0.5,
        n=64,
        sets=3,
        extractor="inception",
        layers=("64", "768"),
        metrics=("fd",),
        clip_x0=False,
        precision="bf16",
        prior_error=True,
    )
    assert EvaluationRequest.of(spec.plain()).spec() == spec


def test_what_earlier_versions_recorded_comes_back_too() -> None:
    plain = EvaluationSpec(("ot",), n=64, layers=("penultimate",)).plain()
    del plain["layers"], plain["precision"]
    asked = EvaluationRequest.of({**plain, "layer": "penultimate", "of-tomorrow": 1})
    assert asked.layers == ("penultimate",) and asked.precision == "fp32" and asked.grids == ("uniform",)


def test_what_is_missing_is_said_in_words_and_images_stand_for_priors() -> None:
    assert EvaluationRequest((), t_stars=(), grids=()).missing == ["a prior", "a truncation step", "a time grid"]
    assert EvaluationRequest(images=("x.zip",)).missing == []


def test_a_spec_refuses_what_the_form_let_through() -> None:
    with pytest.raises(TdotError, match="n_steps"):
        EvaluationRequest(("ot",), t_stars=(5,), n_steps=7).spec()
