"""Fixtures shared by every test: a private cache, and the real images where they are present."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tdot_core.services.runs.status import RunStatus, write_status

# Before torch is imported: threads that wait by spinning starve the servers and workers that the tests start beside them.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# How long one example takes says nothing on a machine that does something else beside it.
settings.register_profile("tdot", settings.default, deadline=None)
settings.load_profile("tdot")

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("TDOT_TEST_DATA") or PROJECT.parent / "shared" / "data")
"""Real images and Inception layers for tests, where they are present; TDOT_TEST_DATA names another folder."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh cache folder that TDOT_CACHE points to."""
    folder = tmp_path / "cache"
    folder.mkdir()
    monkeypatch.setenv("TDOT_CACHE", str(folder))
    return folder


@pytest.fixture(scope="session")
def mini_zip() -> Path:
    """The zip with 2,000 training and 1,000 test images of CIFAR-10."""
    path = SHARED_DATA / "cifar10-mini.zip"
    if not path.exists():
        pytest.skip("needs ../shared/data/cifar10-mini.zip (3,000 real CIFAR-10 images)")
    return path


@pytest.fixture(scope="session")
def inception_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real FID Inception network as torch-fidelity's .pth: layers 64, 192 and 768; what lies above is NaN."""
    tool = SHARED_DATA.parent / "tools" / "expand_inception.py"
    if not (tool.exists() and (SHARED_DATA / "inception-v3-fid-partial.safetensors").exists()):
        pytest.skip("needs ../shared/tools/expand_inception.py and its data (the real Inception layers)")
    path = tmp_path_factory.mktemp("inception") / "inception.pth"
    subprocess.run([sys.executable, str(tool), str(path)], check=True)
    return path


@pytest.fixture(scope="session")
def first_inception_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A weights file of inception's first stage alone, its numbers drawn at random: layer 64 of the right form, for tests anywhere."""
    import torch
    from safetensors.torch import save_file

    from tdot_core.models.inception import expected_shapes

    generator = torch.Generator().manual_seed(0)
    tensors = {
        name: torch.ones(shape)
        if name.endswith(("running_var", "bn.weight"))
        else torch.randn(shape, generator=generator) / max(shape[1:].numel(), 1) ** 0.5
        for name, shape in expected_shapes()["64"].items()
    }
    path = tmp_path_factory.mktemp("first-layer") / "first.safetensors"
    save_file(tensors, path)
    return path


def _train(key: str, config: dict[str, int], steps: int | None) -> None:
    """Train on digits for some steps and stop there, or to the end."""
    from tdot_core.services.training.session import TrainingSession, create_training

    run = create_training(key, "digits", config, seed=1, device="cpu")
    session = TrainingSession(run)
    for progress in session:
        if progress.step == steps:
            session.save(steps)
            write_status(run.path, RunStatus(state="stopped", step=steps, total=progress.total))
            break


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache with two-step models on `digits` (denoiser, vae, gan, ot at t_train 10, gaussian) and no shipped ones.

    TDOT_CACHE and TDOT_ASSETS point there while the test runs that asks for `tiny`.
    """
    folder = tmp_path_factory.mktemp("tiny")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(folder / "cache"))
        patch.setenv("TDOT_ASSETS", str(folder / "assets"))
        generator = {"latent": 8, "width": 8, "batch": 64, "epochs": 1}
        for key, config in {
            "denoiser": {"width": 32, "batch": 64, "epochs": 1, "target": "eps"},
            "gaussian": {"components": 16},
            "vae": generator,
            "gan": generator,
            "ot": {**generator, "n_projections": 16},
        }.items():
            _train(key, config, steps=None if key == "gaussian" else 2)
    yield folder


@pytest.fixture
def tiny(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Point TDOT_CACHE and TDOT_ASSETS to the tiny models and return the cache folder, which every test shares.

    A test that adds or removes a run or a data set there changes what the next one sees; it fails, and takes `own_models`.
    """
    monkeypatch.setenv("TDOT_CACHE", str(tiny_models / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(tiny_models / "assets"))
    before = _entries(tiny_models)
    yield tiny_models / "cache"
    assert _entries(tiny_models) == before, "this test changed the shared models: use `own_models`"


def _entries(folder: Path) -> set[str]:
    # Reading `digits` for the first time writes it, which is nobody's change.
    kept = [path for pattern in ("cache/runs/*", "cache/datasets/*", "assets/**/*") for path in folder.glob(pattern)]
    return {path.name for path in kept if "digits" not in path.name}


@pytest.fixture
def own_models(tiny_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point TDOT_CACHE to a copy of the tiny models that the test may change and return it; no shipped ones."""
    shutil.copytree(tiny_models / "cache", tmp_path / "own" / "cache")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "own" / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "own" / "assets"))
    return tmp_path / "own" / "cache"


@pytest.fixture(scope="session")
def tiny_feature_net(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose cache/ holds `digits` and a cifar-cnn of width 8, trained on it for two steps."""
    folder = tmp_path_factory.mktemp("feature-net")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TDOT_CACHE", str(folder / "cache"))
        patch.setenv("TDOT_ASSETS", str(folder / "assets"))
        _train("cifar-cnn", {"epochs": 1, "batch": 256, "width": 8}, steps=2)
    return folder


@pytest.fixture
def feature_net(tiny_feature_net: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh cache with `digits` and the two-step cifar-cnn alone, and empty assets; returns the cache folder."""
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    shutil.copytree(tiny_feature_net / "cache", cache, dirs_exist_ok=True)
    return cache


@pytest.fixture(scope="session")
def measuring_models(tiny_models: Path, tiny_feature_net: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tiny models with a two-step cifar-cnn beside them, so that they can be evaluated."""
    folder = tmp_path_factory.mktemp("measuring")
    for part in (tiny_models, tiny_feature_net):
        shutil.copytree(part, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def measuring(measuring_models: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point TDOT_CACHE and TDOT_ASSETS to the tiny models with their cifar-cnn and return the cache folder."""
    monkeypatch.setenv("TDOT_CACHE", str(measuring_models / "cache"))
    monkeypatch.setenv("TDOT_ASSETS", str(measuring_models / "assets"))
    return measuring_models / "cache"
