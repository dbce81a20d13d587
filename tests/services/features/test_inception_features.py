"""The real network on real images: the golden distance, and references that follow the network, not its file."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from tdot_core.errors import TdotError
from tdot_core.maths.quantise import to_uint8
from tdot_core.metrics.features import Features
from tdot_core.metrics.frechet import FrechetDistance
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images, load_dataset
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.references import reference, write_references

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def folder(mini_zip: Path, inception_weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cache/ and assets/: the mini data set, its layer-64 features and their reference."""
    folder = tmp_path_factory.mktemp("mini")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(folder / "cache"))
        patch.setenv("TDOT_ASSETS", str(folder / "assets"))
        finish(import_images(mini_zip, "mini"))
        finish(write_references("mini", open_extractor("inception", weights=inception_weights), ["64"]))
    return folder


@pytest.fixture
def mini(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point TDOT_CACHE and TDOT_ASSETS to the folder."""
    monkeypatch.setenv("TDOT_CACHE", str(folder / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(folder / "assets"))
    return folder


def _fid(real: Features, fake: Features) -> float:
    value = FrechetDistance().measure(real=real, fake=fake).value
    assert value is not None
    return value


def _features(images: NDArray[np.uint8], weights: Path) -> Features:
    return finish(extract(images, open_extractor("inception", weights=weights), ["64"]))["64"]


def test_fid_64_of_pure_noise_against_2000_real_images_is_68(mini: Path, inception_weights: Path) -> None:
    noise = torch.randn(256, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    fake = _features(to_uint8(noise).numpy(), inception_weights)
    real = finish(reference("mini", open_extractor("inception", weights=inception_weights), "64"))
    assert real.shipped and real.n == 2000
    assert 60 < _fid(real.features, fake) < 76
    whole = _features(load_dataset("mini").images(), inception_weights)
    assert _fid(real.features, fake) == pytest.approx(_fid(whole, fake), rel=1e-5)


def test_real_images_are_near_real_images(mini: Path, inception_weights: Path) -> None:
    rows = _features(load_dataset("mini").images(), inception_weights).array
    assert _fid(Features(rows[::2]), Features(rows[1::2])) < 0.1


def test_the_reference_serves_the_same_network_from_another_file(
    mini: Path, inception_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    state = torch.load(inception_weights, weights_only=True)
    first = {k: v.contiguous() for k, v in state.items() if k.startswith(("Conv2d_1a", "Conv2d_2"))}
    save_file(first, tmp_path / "first.safetensors")
    same = open_extractor("inception", weights=tmp_path / "first.safetensors")
    assert finish(reference("mini", same, "64")).shipped
    bent = {**first, "Conv2d_2b_3x3.bn.bias": first["Conv2d_2b_3x3.bn.bias"] + 0.1}
    save_file(bent, tmp_path / "bent.safetensors")
    other = open_extractor("inception", weights=tmp_path / "bent.safetensors")
    with pytest.raises(TdotError, match="no reference that ships with TDOT was made by inception layer 64 with these"):
        finish(reference("mini", other, "64"))
    shutil.rmtree(tmp_path / "cache")
