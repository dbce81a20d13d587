"""The first drawing that ships is the one that the shipped models give."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tdot_core.recipe.first_draw import build_first_draw, first_choices
from tdot_core.services.catalogue.first_draw import FIRST, draw_key, first_draw, first_draw_folder
from tdot_core.services.catalogue.priors import prior_choices
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior


@pytest.fixture(autouse=True)
def private_cache(cache: Path) -> None:
    """Nothing of the user's own counts here."""


def test_it_is_of_the_models_that_ship() -> None:
    """Stale after a model changed: python -m tdot_core assets build --only first-draw"""
    stored = json.loads((first_draw_folder() / "draws.json").read_text())
    assert list(stored) == [draw_key(choice) for choice in first_choices()] and len(stored) >= 5
    assert build_first_draw() == "unchanged"


def test_its_pictures_are_what_they_draw() -> None:
    choice = next(choice for choice in first_choices() if choice.key == "ot")
    shipped = first_draw(choice, "denoiser", FIRST)
    (chunk,) = generate([load_prior("ot")], load_net(), SampleSettings(**FIRST))
    assert shipped is not None and shipped.nfe == chunk.nfe and shipped.nfe_prior == chunk.nfe_prior
    # Another processor sums in another order: single levels apart, never another picture.
    assert np.abs(shipped.images.astype(int) - chunk.images.astype(int)).mean() < 0.5


def test_other_settings_and_other_models_have_none() -> None:
    choice = next(choice for choice in first_choices() if choice.key == "ot")
    other = next(choice for choice in prior_choices() if choice.key == "ot" and choice.name != "ot")
    assert first_draw(choice, "denoiser", FIRST | {"seed": 1}) is None
    assert first_draw(choice, "wiener", FIRST) is None
    assert first_draw(other, "denoiser", FIRST) is None
    assert first_draw(replace(choice, run=""), "denoiser", FIRST) is None


def test_a_damaged_file_counts_for_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    choice = first_choices()[0]
    for text in ("", "{}", json.dumps({draw_key(choice): {"row": 99}}), json.dumps({draw_key(choice): 3})):
        (tmp_path / "draws.json").write_text(text)
        monkeypatch.setattr("tdot_core.services.catalogue.first_draw.first_draw_folder", lambda: tmp_path)
        assert first_draw(choice, "denoiser", FIRST) is None


def test_reading_it_loads_no_network() -> None:
    code = (
        "import sys; from tdot_core.services.catalogue import first_draw as f; from tdot_core.services.catalogue.priors import prior_choices;"
        "c = next(c for c in prior_choices() if c.name == 'vanilla'); print(f.first_draw(c, 'denoiser', f.FIRST) is not None, 'torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["True", "False"]
