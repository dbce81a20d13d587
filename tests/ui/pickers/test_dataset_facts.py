"""What the data set picker says of classes, counts and copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.progress import finish
from tdot_core.services.datasets import DatasetInfo, import_images
from ui.pickers.add_dataset import slug
from ui.pickers.dataset_facts import class_rows


@pytest.fixture
def info(cache: Path, tmp_path: Path) -> DatasetInfo:
    """Six training and three test images of two classes, two of these copies."""
    images = np.random.default_rng(1).integers(0, 256, (7, 32, 32, 3), dtype=np.uint8)
    labels = np.array(["cat", "dog", "cat", "cat", "dog", "cat"])
    np.savez(tmp_path / "x.npz", x_train=images[:6], y_train=labels, x_test=images[[0, 1, 6]], y_test=labels[[0, 1, 1]])
    return finish(import_images(tmp_path / "x.npz", "pets"))


def test_classes_with_their_numbers_and_copies(info: DatasetInfo) -> None:
    assert class_rows(info) == [
        {"Class": "cat", "Training": 4, "Test": 1},
        {"Class": "dog", "Training": 2, "Test": 2},
    ]
    assert info.copies().startswith("2 of 3 test images are also training images")


def test_the_picker_shows_them(info: DatasetInfo) -> None:
    def screen() -> None:
        from ui.pickers.datasets import dataset_picker

        dataset_picker("data", default="pets")

    app = AppTest.from_function(screen, default_timeout=600).run()
    assert not app.exception
    assert app.dataframe[0].value["Training"].tolist() == [4, 2]
    assert any("2 of 3 test images" in caption.value for caption in app.caption)


@pytest.mark.parametrize("file", ["Faces.tar.gz", "faces.zip", "Faces.npz", "faces.parquet"])
def test_a_files_ending_is_no_part_of_the_name_that_is_offered(file: str) -> None:
    assert slug(file) == "faces"
