"""Where images are read from, whatever holds them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import count
from pathlib import Path
from typing import BinaryIO

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import SUFFIXES
from tdot_core.services.datasets.layout import clean_path, is_junk
from tdot_core.services.datasets.readers.array_file import ArrayFile

MAX_FILES = 1_000_000


class ImageSource(ABC):
    """Hold images by path: `keys` maps each image's clean posix path to the source's own key.

    label: short words for what this is, without its path; n_ignored: files that are no images; label_files: the same
    map for files called dataset.json, others for those that are no images; notes: sentences about what could not be taken.
    """

    def __init__(self, label: str) -> None:
        self.label = label
        self.keys: dict[str, str] = {}
        self.label_files: dict[str, str] = {}
        self.others: dict[str, str] = {}
        self.notes: list[str] = []
        self.n_ignored = 0

    def add(self, path: str, key: str) -> None:
        """Note one file: its posix path decides whether it is an image, junk, or something else."""
        path = clean_path(path)
        if is_junk(path):
            return
        if Path(path).name == "dataset.json":
            self.label_files[path] = key
            return
        if Path(path).suffix.lower() not in SUFFIXES:
            self.n_ignored += 1
            self.others[path] = key
            if len(self.others) > MAX_FILES:
                raise too_many_files(self.label)
            return
        # Two names of one file system may be one name elsewhere: composed and decomposed letters.
        self.keys[self._free(path) if path in self.keys else path] = key
        if len(self.keys) > MAX_FILES:
            raise too_many_files(self.label)

    def note_doubles(self, n: int) -> None:
        """Say how many members of an archive were replaced by a later one of the same name."""
        if n:
            self.notes.append(f"{n:,} members have the name of a later one, which alone was read, as after unpacking.")

    def _free(self, path: str) -> str:
        start, dot, end = path.rpartition(".")
        return next(free for n in count(2) if (free := f"{start}~{n}{dot}{end}") not in self.keys)

    def array_files(self) -> list[ArrayFile]:
        """Return the files that are no images, by path."""
        return [
            ArrayFile(path, size, lambda path=path: self.open(path))  # type: ignore[misc]
            for path in sorted(self.others)
            if (size := self.size(path)) is not None
        ]

    @abstractmethod
    def size(self, path: str) -> int | None:
        """Return the size in bytes of a file that is no image, None when it is no regular file."""

    @abstractmethod
    def open(self, path: str) -> BinaryIO:
        """Open a file that is no image, seekable; raises TdotError when it cannot be read."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage when it cannot be read, TdotError when all must stop."""


def too_many_files(label: str) -> TdotError:
    """Build the error for a source beyond the limit on its number of files."""
    return TdotError(f"The {label} holds more than {MAX_FILES:,} files. Import a part of it.")
