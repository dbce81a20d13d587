"""Whole Inception weights, here untrained: the deepest layer and the class probabilities against torch-fidelity's network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.metric_isc import isc_features_to_metric

from tdot_core.errors import TdotError
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features
from tdot_core.metrics.inception_score import InceptionScore
from tdot_core.models.extractor import PROBABILITIES
from tdot_core.models.inception import InceptionExtractor, stages
from tdot_core.models.inception_weights import load_copy, safe_copy

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like torch-fidelity's, with untrained weights that keep the scale of activations."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, torch.Tensor] = {"fc.bias": torch.randn(1008, generator=generator)}
    state["fc.weight"] = torch.randn(1008, 2048, generator=generator) * 0.1
    for stage in stages().values():
        for module in stage.modules():
            if isinstance(module, nn.Conv2d):
                fan_in = module.weight[0].numel()
                module.weight.data = torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5
            if isinstance(module, nn.BatchNorm2d):
                module.weight.data = torch.rand(module.weight.shape, generator=generator) + 0.5
                module.running_var = torch.rand(module.weight.shape, generator=generator) + 0.5
                module.running_mean = torch.randn(module.weight.shape, generator=generator) * 0.1
        state |= stage.state_dict()
    path = tmp_path_factory.mktemp("whole") / "whole.pth"
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def theirs(weights: Path) -> dict[str, torch.Tensor]:
    asked = ["64", "192", "768", "2048", "logits_unbiased"]
    net = FeatureExtractorInceptionV3("inception-v3-compat", asked, feature_extractor_weights_path=str(weights))
    with torch.inference_mode():
        return dict(zip(asked, net(torch.from_numpy(IMAGES).permute(0, 3, 1, 2)), strict=True))


def test_every_layer_and_the_classes_come_from_one_pass_and_equal_torch_fidelitys(
    weights: Path, theirs: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    ours = InceptionExtractor(*load_copy(safe_copy(weights, tmp_path / "store")))
    assert ours.layers == ("64", "192", "768", "2048") and ours.widths[PROBABILITIES] == 1008
    found = ours(IMAGES, [PROBABILITIES, "2048", "768", "192", "64"])
    expected = {**theirs, PROBABILITIES: theirs["logits_unbiased"].softmax(dim=1)}
    for layer, features in found.items():
        difference = np.linalg.norm(features - expected[layer].numpy()) / np.linalg.norm(expected[layer].numpy())
        assert difference <= (1e-4 if layer == PROBABILITIES else 1e-5), layer
    score = InceptionScore().measure(
        real=Features(found["64"]), fake=Features(found["64"]), extra=Extras(probabilities=found[PROBABILITIES])
    )
    whole = isc_features_to_metric(theirs["logits_unbiased"], splits=1)["inception_score_mean"]
    assert score.value == pytest.approx(whole, rel=1e-4) and whole > 1.01


def test_weights_without_the_last_map_give_no_probabilities(weights: Path) -> None:
    state = torch.load(weights, weights_only=True)
    ours = InceptionExtractor({**state, "fc.weight": torch.full((1008, 2048), float("nan"))}, "0" * 64)
    assert PROBABILITIES not in ours.widths and ours.layers[-1] == "2048"
    with pytest.raises(TdotError, match="give no class probabilities"):
        ours(IMAGES[:1], [PROBABILITIES])


def test_a_last_map_of_other_classes_is_another_network(weights: Path) -> None:
    state = torch.load(weights, weights_only=True)
    with pytest.raises(TdotError, match="fc.weight of 10 rows"):
        InceptionExtractor({**state, "fc.weight": torch.zeros(10, 2048)}, "0" * 64)
