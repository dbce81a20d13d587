"""The offline extractor: features of the classifier's penultimate layer, whatever the neighbours in the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.models.cifar_cnn import CifarCnn
from tdot_core.models.cifar_cnn_extractor import CifarCnnExtractor
from tdot_core.models.seeded import seeded_init

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def net() -> CifarCnn:
    net = seeded_init(lambda: CifarCnn(8, 4), torch.Generator().manual_seed(0))
    # A step of training statistics, so that batch norm is not the identity.
    with torch.no_grad():
        net(torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(1)))
    return net.eval()


@pytest.fixture(scope="module")
def extractor(net: CifarCnn) -> CifarCnnExtractor:
    return CifarCnnExtractor(net.state_dict(), 8, 4, "f" * 64)


def test_features_are_what_the_head_reads(net: CifarCnn, extractor: CifarCnnExtractor) -> None:
    found = extractor(IMAGES, ["penultimate"])["penultimate"]
    assert found.shape == (6, 32) and found.dtype == np.float32 and extractor.widths["penultimate"] == 32
    assert (found >= 0).all() and found.std() > 0
    pixels = torch.from_numpy(IMAGES).permute(0, 3, 1, 2).double() / 127.5 - 1
    with torch.inference_mode():
        logits = net(pixels.float())
        torch.testing.assert_close(net.head(torch.from_numpy(found)), logits, rtol=1e-3, atol=1e-3)


def test_class_probabilities_are_the_softmax_of_the_heads_logits(net: CifarCnn, extractor: CifarCnnExtractor) -> None:
    both = extractor(IMAGES, ["penultimate", "probabilities"])
    assert extractor.widths["probabilities"] == 4 and "probabilities" not in extractor.layers
    logits = net.head(torch.from_numpy(both["penultimate"])).double()
    torch.testing.assert_close(
        torch.from_numpy(both["probabilities"]).double(), logits.softmax(1), rtol=1e-5, atol=1e-6
    )


def test_an_image_does_not_depend_on_its_neighbours(extractor: CifarCnnExtractor) -> None:
    together = extractor(IMAGES, ["penultimate"])["penultimate"]
    others = np.concatenate([IMAGES[:1], np.zeros_like(IMAGES[1:])])
    np.testing.assert_allclose(extractor(others, ["penultimate"])["penultimate"][0], together[0], rtol=1e-6)


def test_half_precision_weights_as_shipped_give_nearly_the_same(net: CifarCnn, extractor: CifarCnnExtractor) -> None:
    half = {k: t.half() if t.is_floating_point() else t for k, t in net.state_dict().items()}
    found = CifarCnnExtractor(half, 8, 4, "e" * 64)(IMAGES, ["penultimate"])["penultimate"]
    expected = extractor(IMAGES, ["penultimate"])["penultimate"]
    assert np.linalg.norm(found - expected) < 3e-3 * np.linalg.norm(expected)


def test_weights_and_layers_that_do_not_fit_are_refused(net: CifarCnn, extractor: CifarCnnExtractor) -> None:
    with pytest.raises(TdotError, match="do not fit CifarCnn"):
        CifarCnnExtractor(net.state_dict(), 16, 4, "f" * 64)
    with pytest.raises(TdotError, match="NaN or infinity"):
        CifarCnnExtractor({**net.state_dict(), "head.bias": torch.full((4,), float("nan"))}, 8, 4, "f" * 64)
    with pytest.raises(TdotError, match="no layer '64'. Known: penultimate"):
        extractor(IMAGES, ["64"])
