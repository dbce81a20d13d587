"""Listing and opening extractors: what is ready, what is missing, what to do."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from tdot_core.errors import TdotError
from tdot_core.models.extractors import extractors
from tdot_core.models.extractors.inception import InceptionCard
from tdot_core.services.features.extractors import (
    ExtractorInfo,
    available_extractors,
    open_extractor,
    weights_store,
)

PROJECT = Path(__file__).resolve().parents[3]
ONE = np.zeros((1, 32, 32, 3), np.uint8)


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TDOT_INCEPTION", raising=False)
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))


def _info(key: str, weights: Path | None = None) -> ExtractorInfo:
    return next(info for info in available_extractors(weights) if info.key == key)


def test_listing_needs_no_torch(cache: Path) -> None:
    code = (
        "import sys; from tdot_core.services.features.extractors import available_extractors as a; a(); "
        "sys.exit('torch' in sys.modules)"
    )
    assert (
        subprocess.run(
            [sys.executable, "-c", code], cwd=PROJECT, env=os.environ | {"TDOT_CACHE": str(cache)}
        ).returncode
        == 0
    )


def test_without_anything_each_says_what_it_needs(cache: Path) -> None:
    network, inception = _info("cifar-cnn"), _info("inception")
    assert not network.ready and "train cifar-cnn" in network.note
    assert (
        not inception.ready and "downloaded on first use" in inception.note and inception.layers == InceptionCard.layers
    )
    with pytest.raises(TdotError, match="no trained cifar-cnn yet. Train one: python -m tdot_core train cifar-cnn"):
        open_extractor("cifar-cnn")


def test_distances_are_named_by_their_features(cache: Path) -> None:
    assert _info("cifar-cnn").distances() == {"penultimate": "FD-cnn"}
    assert _info("inception").distances()["768"] == "FID-768"


def test_unknown_keys_and_misplaced_weights_are_refused(cache: Path) -> None:
    with pytest.raises(TdotError, match="Unknown extractor 'vgg'. Known: " + ", ".join(sorted(extractors.all()))):
        open_extractor("vgg")
    with pytest.raises(TdotError, match="--weights is for extractor inception"):
        open_extractor("cifar-cnn", weights="x.pth")


def test_a_path_that_is_no_file_is_said_in_the_list_and_on_opening(cache: Path, tmp_path: Path) -> None:
    for path in (tmp_path / "none.pth", tmp_path, Path("~nobody-here/x.pth")):
        info = _info("inception", path)
        assert not info.ready and info.layers == () and "does not exist" in info.note
        with pytest.raises(TdotError, match="do not exist there"):
            open_extractor("inception", weights=path)


def test_cifar_cnn_opens_its_run_and_bears_the_hash_of_its_weights(feature_net: Path) -> None:
    assert _info("cifar-cnn").ready
    extractor = open_extractor("cifar-cnn")
    (weights,) = feature_net.glob("runs/cifar-cnn-*/weights.safetensors")
    assert extractor.fingerprint == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert extractor(ONE, ["penultimate"])["penultimate"].shape == (1, extractor.widths["penultimate"])


def test_a_truncated_cifar_cnn_is_told(feature_net: Path) -> None:
    (weights,) = feature_net.glob("runs/cifar-cnn-*/weights.safetensors")
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(TdotError, match=r"weights.safetensors is (damaged|not a whole)"):
        open_extractor("cifar-cnn")


@pytest.mark.real
def test_inception_from_a_path_or_the_environment(
    inception_weights: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _info("inception", inception_weights).note.endswith("is checked on first use.")
    by_path = open_extractor("inception", weights=str(inception_weights))
    assert by_path.layers == ("64", "192", "768") and by_path.absent == ("2048",)
    info = _info("inception", inception_weights)
    assert info.ready and info.layers == by_path.layers and "lacks 2048: not measured" in info.note
    monkeypatch.setenv("TDOT_INCEPTION", str(inception_weights))
    assert open_extractor("inception").fingerprint == by_path.fingerprint == _sha(inception_weights)
    # The source is read once: later openings read the safe copy alone.
    assert [p.name for p in weights_store().iterdir()] == [f"inception-{by_path.fingerprint}.safetensors"]


@pytest.mark.real
def test_a_download_from_before_is_used(inception_weights: Path, cache: Path) -> None:
    copy = weights_store() / f"inception-6726825d{'0' * 56}.safetensors"
    open_extractor("inception", weights=inception_weights)
    (made,) = weights_store().iterdir()
    made.rename(copy)
    assert _info("inception").ready and _info("inception").layers == ("64", "192", "768")
    assert open_extractor("inception").fingerprint == copy.stem.removeprefix("inception-")
    tensors = load_file(copy)
    save_file(tensors, copy)
    assert not _info("inception").ready


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
