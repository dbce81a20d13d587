"""What the choice of features says before anything is measured."""

from __future__ import annotations

import pytest

from tdot_core.models.extractors.inception import InceptionCard
from tdot_core.services.features.extractors import ExtractorInfo
from tdot_core.services.features.references import shipped_references
from ui.pickers.spaces import FeatureSpace, Real


@pytest.mark.parametrize("layer", InceptionCard.layers)
def test_a_layer_whose_real_features_do_not_ship_says_so(layer: str) -> None:
    shipped = tuple(one for one in shipped_references() if one.dataset == "cifar10")
    space = FeatureSpace(ExtractorInfo("inception", "Inception", InceptionCard.layers, True), layer)
    note = Real("cifar10", None, shipped).note(space)
    assert ("not shipped, computed on first use" in note) == (layer == "2048")
    assert Real("digits", None, ()).note(space) == "", "of some data sets nothing ships"
