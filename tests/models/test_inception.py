"""Our folded Inception against torch-fidelity's own network on the same real weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from tdot_core.errors import TdotError
from tdot_core.models import folded_conv
from tdot_core.models.inception import InceptionExtractor, available_layers, expected_shapes

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def state(inception_weights: Path) -> dict[str, torch.Tensor]:
    return torch.load(inception_weights, weights_only=True)


@pytest.fixture(scope="module")
def extractor(state: dict[str, torch.Tensor]) -> InceptionExtractor:
    return InceptionExtractor(state, "0" * 64)


def _images(n: int, seed: int = 0) -> np.ndarray:
    """Blocks, gradients and noise: what flat noise alone would not show."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (n, 4, 4, 3)).repeat(8, 1).repeat(8, 2)
    return np.clip(coarse + random.integers(-40, 40, (n, 32, 32, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("layer", "n"), [("64", 8), ("192", 4), ("768", 2)])
def test_features_equal_torch_fidelitys(
    inception_weights: Path, extractor: InceptionExtractor, layer: str, n: int
) -> None:
    theirs = FeatureExtractorInceptionV3(
        "inception-v3-compat", [layer], feature_extractor_weights_path=str(inception_weights)
    )
    images = _images(n)
    with torch.inference_mode():
        (expected,) = theirs(torch.from_numpy(images).permute(0, 3, 1, 2))
    found = extractor(images, [layer])[layer]
    assert found.shape == (n, int(layer)) and found.dtype == np.float32
    assert np.linalg.norm(found - expected.numpy()) <= 1e-5 * np.linalg.norm(expected.numpy())
    scale = np.abs(expected.numpy()).max(axis=0)
    assert np.abs(found - expected.numpy()).max() <= 1e-4 * scale.max()
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4, atol=1e-5 * float(scale.max()))


def test_one_pass_gives_the_layers_that_separate_passes_give(extractor: InceptionExtractor) -> None:
    images = _images(2)
    both = extractor(images, ["192", "64"])
    assert list(both) == ["192", "64"]
    for layer, features in both.items():
        np.testing.assert_array_equal(features, extractor(images, [layer])[layer])


def test_an_image_does_not_depend_on_how_many_there_are(extractor: InceptionExtractor) -> None:
    images = _images(5)
    together = extractor(images, ["64"])["64"]
    for k in range(5):
        np.testing.assert_array_equal(extractor(images[k : k + 1], ["64"])["64"][0], together[k])


def test_without_onednn_the_answer_is_the_same(extractor: InceptionExtractor, monkeypatch: pytest.MonkeyPatch) -> None:
    fused = extractor(_images(2), ["192"])["192"]
    monkeypatch.setattr(folded_conv, "FUSED", False)
    apart = extractor(_images(2), ["192"])["192"]
    assert np.linalg.norm(fused - apart) <= 1e-6 * np.linalg.norm(fused)


def test_the_deepest_layer_of_a_partial_file_is_not_measured(extractor: InceptionExtractor) -> None:
    assert (extractor.layers, extractor.absent) == (("64", "192", "768"), ("2048",))
    with pytest.raises(TdotError, match=r"Layer 2048 of inception is not measured.*Choose one of 64, 192, 768"):
        extractor(_images(1), ["2048"])
    with pytest.raises(TdotError, match="no layer '65'. Known: 64, 192, 768"):
        extractor(_images(1), ["65"])


def test_a_single_bad_number_takes_away_its_layer_and_all_above(state: dict[str, torch.Tensor]) -> None:
    broken = dict(state)
    broken["Conv2d_3b_1x1.conv.weight"] = state["Conv2d_3b_1x1.conv.weight"].clone()
    broken["Conv2d_3b_1x1.conv.weight"].view(-1)[7] = float("inf")
    assert available_layers(broken) == ("64",)
    del broken["Conv2d_1a_3x3.bn.running_mean"]
    with pytest.raises(TdotError, match="lack even the first layers"):
        InceptionExtractor(broken, "0" * 64)


def test_another_network_is_refused(state: dict[str, torch.Tensor]) -> None:
    with pytest.raises(TdotError, match="lack even the first layers"):
        InceptionExtractor(torch.nn.Linear(3, 3).state_dict(), "0" * 64)
    with pytest.raises(
        TdotError, match=r"not the FID Inception weights: Conv2d_1a_3x3.conv.weight has shape \(1, 3, 3, 3\)"
    ):
        InceptionExtractor({**state, "Conv2d_1a_3x3.conv.weight": torch.zeros(1, 3, 3, 3)}, "0" * 64)


def test_the_expected_tensors_are_torch_fidelitys(state: dict[str, torch.Tensor]) -> None:
    ours = {name for shapes in expected_shapes().values() for name in shapes}
    theirs = {name for name in state if not name.startswith("fc.") and not name.endswith("num_batches_tracked")}
    assert ours == theirs
