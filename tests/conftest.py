"""Fixtures shared by every test: a private cache, and the real images where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"


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
