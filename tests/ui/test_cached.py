"""Models are loaded once while what they are made of stays the same, and anew when it changes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.runs.store import best_run
from ui import cached


def test_the_same_weights_are_loaded_once_and_new_ones_anew(own_models: Path) -> None:
    first = cached.prior("vae")
    assert cached.prior("vae") is first
    run = best_run("vae")
    assert run is not None
    os.utime(run.weights_path, (1, 1))
    again = cached.prior("vae")
    assert again is not first and again.fingerprint == first.fingerprint


def test_the_denoiser_and_priors_from_images_are_kept_too(own_models: Path) -> None:
    assert cached.net() is cached.net("denoiser")
    assert cached.prior("oracle:digits") is cached.prior("oracle:digits")
    assert cached.prior("vanilla").key == "vanilla"


def test_what_is_missing_is_said_every_time(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(cache / "none"))
    for name in ("vae", "no-such-run", "oracle:nothing"):
        for _ in range(2):
            with pytest.raises(TdotError):
                cached.prior(name)
    with pytest.raises(TdotError):
        cached.net()
