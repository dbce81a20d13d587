"""The gallery that ships: enough photographs, all credited, cut where its list says."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.gallery import (
    GALLERY,
    atlas_path,
    credits_path,
    gallery,
    gallery_images,
    has_gallery,
)
from tdot_core.services.catalogue.truncation import example_datasets, example_images
from tdot_core.services.datasets.names import is_name
from tdot_core.services.storage.paths import project_root

ALLOWED = {"CC BY 2.0", "CC0 1.0", "public domain"}


def test_fifty_different_crops_ship_under_licences_that_allow_it() -> None:
    images, shipped = gallery_images(), gallery()
    assert images.shape == (len(shipped.crops), 32, 32, 3) and len(shipped.crops) >= 50
    assert len({image.tobytes() for image in images}) == len(images)
    assert {photograph.licence for photograph in shipped.photographs.values()} <= ALLOWED
    for photograph in shipped.photographs.values():
        assert photograph.by and photograph.source.startswith("http")
        assert photograph.licence_url or photograph.licence == "public domain"
    assert {crop.photograph for crop in shipped.crops} == set(shipped.photographs)
    assert atlas_path().stat().st_size + credits_path().stat().st_size < 2**20


@pytest.mark.parametrize("key", ["china", "flower"])
def test_crops_show_what_the_list_says(key: str) -> None:
    photograph = load_sample_image(f"{key}.jpg")
    for crop, image in zip(gallery().crops, gallery_images(), strict=True):
        if crop.photograph == key:
            square = photograph[crop.y : crop.y + crop.side, crop.x : crop.x + crop.side]
            expected = np.asarray(Image.fromarray(square).resize((32, 32), Image.Resampling.BOX), dtype=float)
            assert np.abs(image - expected).mean() < 12, crop.shows


def test_it_is_what_there_is_to_look_at_before_digits(cache: Path) -> None:
    assert example_datasets() == [GALLERY, "digits"] and not is_name(GALLERY)
    whole = gallery_images()
    np.testing.assert_array_equal(example_images(GALLERY, 10, row=1), whole[10:20])
    np.testing.assert_array_equal(example_images(GALLERY, 10, row=len(whole) // 10), whole[:10])
    assert len(example_images(GALLERY, 20, row=2)) == len(whole) - 40


def test_an_installation_without_it_goes_on_and_a_damaged_one_says_so(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, atlas = credits_path().read_text(), atlas_path().read_bytes()
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    assert not has_gallery() and example_datasets() == ["digits"]
    credits_path().parent.mkdir(parents=True)
    atlas_path().write_bytes(atlas[:500])
    for broken in (
        "{",
        "{}",
        text.replace('"shows"', '"show"'),
        text.replace('"photograph": "china"', '"photograph": "x"'),
    ):
        credits_path().write_text(broken)
        with pytest.raises(TdotError, match=r"credits\.json"):
            gallery()
        credits_path().unlink()
    credits_path().write_text(text)
    with pytest.raises(TdotError, match="cannot be read"):
        gallery_images()
    Image.new("RGB", (320, 32)).save(atlas_path())
    with pytest.raises(TdotError, match="10 crops, expected"):
        gallery_images()
    assert json.loads(text)["crops"]


def test_the_page_on_data_sets_credits_every_photograph() -> None:
    page = (project_root() / "docs" / "data.md").read_text(encoding="utf-8")
    for key, photograph in gallery().photographs.items():
        squares = sum(crop.photograph == key for crop in gallery().crops)
        (line,) = [line for line in page.splitlines() if line.startswith(f"| [{photograph.title}](")]
        assert photograph.by in line and photograph.licence in line and photograph.source in line
        assert line.endswith(f"| {squares} |")
