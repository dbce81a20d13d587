"""Cutting the atlas again from the photographs of scikit-learn gives the tiles that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.recipe.gallery import build_gallery
from tdot_core.services.catalogue.gallery import atlas_path, credits_path, gallery, gallery_images

Part = tuple[Path, dict[str, Any]]


@pytest.fixture
def part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Part:
    """Assets that hold the list of scikit-learn's crops alone."""
    document = json.loads(credits_path().read_text())
    document["crops"] = [crop for crop in document["crops"] if crop["photograph"] in ("china", "flower")]
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path))
    return credits_path(), document


def write(part: Part) -> None:
    path, document = part
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document))


def test_the_atlas_is_made_once_and_again_when_its_list_changes(part: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_gallery() == "none"
    write(part)
    assert build_gallery() == "made" and build_gallery() == "unchanged"
    made = dict(zip((crop.shows for crop in gallery().crops), gallery_images(), strict=True))
    monkeypatch.delenv("TDOT_ASSETS")
    shipped = dict(zip((crop.shows for crop in gallery().crops), gallery_images(), strict=True))
    assert len(made) >= 10
    for name, image in made.items():
        # JPEG decoders may differ by a level.
        assert np.abs(image.astype(int) - shipped[name].astype(int)).max() <= 2, name


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("china", "sha256", "0" * 64), "another photograph"),
        (("china", "file", "sklearn/datasets/images/none.jpg"), "is not installed"),
        (("china", "file", "no_such_package_here/china.jpg"), "is not installed"),
    ],
)
def test_another_photograph_is_refused(part: Part, change: tuple[str, str, str], said: str) -> None:
    key, field, value = change
    part[1]["photographs"][key][field] = value
    write(part)
    with pytest.raises(TdotError, match=said):
        build_gallery()
    assert not atlas_path().exists()


def test_a_crop_outside_its_photograph_is_refused(part: Part) -> None:
    part[1]["crops"][0]["side"] = 5000
    write(part)
    with pytest.raises(TdotError, match="leaves its photograph of 640 x 427"):
        build_gallery()
