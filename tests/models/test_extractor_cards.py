"""What every extractor's card owes: facts that hold for what it opens, and no torch before that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.models.extractors import DEFAULT, distance_name, extractors
from tdot_core.progress import finish
from tdot_core.services.features.extractors import supply_of

PROJECT = Path(__file__).resolve().parents[2]
IMAGES = np.random.default_rng(0).integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
KEYS = list(extractors.all())


def test_the_one_that_ships_comes_first_and_stands_in() -> None:
    assert KEYS[0] == DEFAULT and extractors.get(DEFAULT).run


def test_no_card_imports_torch() -> None:
    code = (
        "import sys; from tdot_core.models.extractors import extractors as e; e.all(); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT).returncode == 0


@pytest.mark.parametrize("key", KEYS)
def test_it_describes_itself(key: str) -> None:
    card = extractors.get(key)
    assert card.label and card.layers and card.default_layer in card.layers
    assert set(card.widths) == set(card.layers) and all(width > 0 for width in card.widths.values())
    names = [distance_name(key, layer) for layer in card.layers]
    assert all(name.startswith(("FD-", "FID-")) for name in names)
    # FID means Inception, and nothing else.
    assert all(name.startswith("FID-") == (key == "inception") for name in names)


def test_the_names_of_what_ships() -> None:
    assert [distance_name("inception", layer) for layer in ("64", "2048")] == ["FID-64", "FID-2048"]
    assert distance_name("cifar-cnn", "penultimate") == "FD-cnn"


def test_every_extractor_has_a_distance_of_its_own_name() -> None:
    names = [{distance_name(key, layer) for layer in extractors.get(key).layers} for key in KEYS]
    assert len(set.union(*names)) == sum(map(len, names))


def test_a_row_of_an_extractor_that_is_not_here_keeps_its_name() -> None:
    assert distance_name("of-tomorrow", "3") == "FD-of-tomorrow"


@pytest.mark.parametrize("key", KEYS)
def test_what_it_opens_is_what_it_says(key: str) -> None:
    card = extractors.get(key)
    supply = supply_of(card)
    if not card.state(supply).ready:
        pytest.skip(f"{key} is not ready here: {card.state(supply).note}")
    extractor = finish(card.opening(supply, "cpu"))
    assert extractor.key == key and set(extractor.layers) <= set(card.layers)
    found = extractor(IMAGES, extractor.layers)
    for layer in extractor.layers:
        assert found[layer].shape == (3, card.widths[layer]) == (3, extractor.widths[layer])
        assert found[layer].dtype == np.float32 and np.isfinite(found[layer]).all()
    with pytest.raises(TdotError, match="has no layer"):
        extractor(IMAGES, ["nowhere"])
    assert extractor.any_size == card.any_size
    if card.any_size:
        assert extractor(IMAGES[:, :20, :28], extractor.layers[:1])[extractor.layers[0]].shape == (
            3,
            card.widths[card.layers[0]],
        )


@pytest.mark.real
def test_inceptions_card_agrees_with_the_network(inception_weights: Path, cache: Path) -> None:
    card = extractors.get("inception")
    extractor = finish(card.opening(supply_of(card, inception_weights), "cpu"))
    assert extractor.key == card.key and extractor.layers + extractor.absent == card.layers
    assert all(extractor.widths[layer] == card.widths[layer] for layer in extractor.layers)
