"""Where images are read from, whatever holds them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import SUFFIXES
from tdot_core.services.datasets.layout import clean_path, is_junk

MAX_FILES = 1_000_000


class ImageSource(ABC):
    """Hold images by path: `keys` maps each image's clean posix path to the source's own key.

    label: short words for what this is, without its path; n_ignored: files that are no images.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.keys: dict[str, str] = {}
        self.n_ignored = 0

    def add(self, path: str, key: str) -> None:
        """Note one file: its posix path decides whether it is an image, junk, or something else."""
        path = clean_path(path)
        if is_junk(path):
            return
        if Path(path).suffix.lower() not in SUFFIXES:
            self.n_ignored += 1
            return
        self.keys[path] = key
        if len(self.keys) > MAX_FILES:
            raise too_many_files(self.label)

    @abstractmethod
    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage when it cannot be read, TdotError when all must stop."""


def too_many_files(label: str) -> TdotError:
    """Build the error for a source beyond the limit on its number of files."""
    return TdotError(f"The {label} holds more than {MAX_FILES:,} files. Import a part of it.")
