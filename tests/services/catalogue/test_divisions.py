"""Which division a prior stands in follows from what its training looked through, and who cannot judge it."""

from __future__ import annotations

import pytest

from tdot_core.models.extractors import extractors
from tdot_core.models.features import feature_networks
from tdot_core.priors import priors
from tdot_core.services.catalogue.divisions import (
    FROZEN_FEATURES,
    division_of,
    division_words,
    network_catalogue,
    network_of,
    why_no_judge,
)


def test_the_catalogue_says_what_the_classes_say() -> None:
    found = network_catalogue()
    assert set(found) == set(feature_networks.all())
    for key, cls in feature_networks.all().items():
        info = found[key]
        assert (info.label, info.trained_on, info.labels, info.judges) == (
            cls.label,
            cls.trained_on,
            cls.labels,
            cls.judges,
        )
        assert set(cls.judges) <= set(extractors.all())


@pytest.mark.parametrize("key", ["vae", "gan", "ot"])
def test_a_trained_network_makes_the_second_division_and_random_weights_do_not(key: str) -> None:
    assert division_of(key) == division_of(key, "random-conv") == "from scratch"
    for network in ("denoiser", "cifar-cnn", "efficientnet-lite0"):
        assert division_of(key, network) == FROZEN_FEATURES
    assert "ImageNet and its labels" in division_words(key, "efficientnet-lite0")
    assert "without labels" in division_words(key, "denoiser")


def test_flow_mixture_and_the_closed_form_stand_apart_and_the_others_take_no_part() -> None:
    stands = {key: division_of(key) for key in priors.all()}
    assert stands["flow"] == "apart: flow matching" and stands["mixture"] == "apart: mixture of Gaussians"
    assert stands["gaussian"].startswith("apart")
    assert not any(stands[key] for key in ("vanilla", "oracle", "imported"))
    assert division_of("real") == division_of("images") == ""


def test_nobody_is_judged_by_what_it_was_trained_through() -> None:
    assert "CIFAR-10 classifier" in why_no_judge("cifar-cnn", "cifar-cnn")
    assert (
        why_no_judge("cifar-cnn", "inception")
        == why_no_judge("denoiser", "cifar-cnn")
        == why_no_judge("", "cifar-cnn")
        == ""
    )


def test_a_spec_tells_the_network_also_where_only_the_kind_was_recorded() -> None:
    assert network_of({"looks_through": {"network": "efficientnet-lite0", "package": "x"}}) == "efficientnet-lite0"
    assert network_of({"looks_through": {"kind": "denoiser", "run": "x"}}) == "denoiser"
    assert network_of({}) == network_of({"looks_through": None}) == ""
