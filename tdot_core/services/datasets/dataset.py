"""A data set that is ready to use: memory-mapped images and labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.services.datasets.info import IMAGE_SHAPE, SPLITS, DatasetInfo, check_split

if TYPE_CHECKING:
    from tdot_core.models.fitting import ImageData


@dataclass(frozen=True)
class Dataset:
    """Give the arrays of one data set; they stay on disk until they are read, and cannot be written."""

    info: DatasetInfo
    folder: Path

    def images(self, split: str = "train") -> np.ndarray:
        """Return the images of split, uint8 (n, 32, 32, 3) in 0..255, memory-mapped and read-only."""
        return _array(self.info, self.folder / f"{check_split(split)}.npy")

    def labels(self, split: str = "train") -> np.ndarray | None:
        """Return the labels of split, int64 (n,), as positions in `info.classes`; None when there are none."""
        if check_split(split) not in self.info.labelled:
            return None
        return _array(self.info, self.folder / f"{split}_labels.npy")

    def class_counts(self, split: str = "train") -> dict[str, int]:
        """Return how many images of split each class has, in the order of the classes; empty without labels."""
        labels = self.labels(split)
        if labels is None:
            return {}
        counts = np.bincount(labels, minlength=len(self.info.classes)).tolist()
        return dict(zip(self.info.classes, counts, strict=True))

    def training_data(self, split: str = "train") -> ImageData:
        """Return the images of split in the form that trainings take."""
        from tdot_core.models.fitting import ImageData

        return ImageData(self.images(split), self.labels(split))


def open_dataset(info: DatasetInfo, folder: Path) -> Dataset:
    """Return the data set in folder after comparing its arrays with info; raises TdotError when they do not fit."""
    dataset = Dataset(info, folder)
    for split in SPLITS:
        n = info.count(split)
        _expect(info, dataset.images(split), (n, *IMAGE_SHAPE), np.uint8, f"{split}.npy")
        labels = dataset.labels(split)
        if labels is None:
            continue
        _expect(info, labels, (n,), np.int64, f"{split}_labels.npy")
        if n and not 0 <= labels.min() <= labels.max() < len(info.classes):
            raise _damaged(info, f"{split}_labels.npy holds labels outside 0..{len(info.classes) - 1}")
    return dataset


def _array(info: DatasetInfo, path: Path) -> np.ndarray:
    try:
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise _damaged(info, f"{path.name} is missing") from None
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(info, f"{path.name} cannot be read") from error
    return array


def _expect(info: DatasetInfo, array: np.ndarray, shape: tuple[int, ...], dtype: type, file: str) -> None:
    if array.shape != shape or array.dtype != dtype:
        expected = f"{shape} {np.dtype(dtype)}"
        raise _damaged(info, f"{file} should be {expected}, found {array.shape} {array.dtype}")


def _damaged(info: DatasetInfo, what: str) -> TdotError:
    return TdotError(f"The data set {info.name!r} is damaged: {what}. Import it again.")
