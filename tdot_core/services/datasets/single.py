"""One file of arrays as a source."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import SUFFIXES, BadImage
from tdot_core.services.datasets.folder import open_file
from tdot_core.services.datasets.source import ImageSource


class SingleSource(ImageSource):
    """Hold one file, named without its folder; raises TdotError for an image file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"file {path.name}")
        if path.suffix.lower() in SUFFIXES:
            raise TdotError(
                f"{path.name[:80]!r} is one image file; give the folder, zip or tar that holds all of them."
            )
        self._path = path
        self.others[path.name] = path.name

    def size(self, path: str) -> int | None:
        return self._path.stat().st_size

    def open(self, path: str) -> BinaryIO:
        return open_file(self._path)

    def read(self, path: str) -> bytes:
        raise BadImage("not an image of a collection")
