"""Images in a folder."""

from __future__ import annotations

import os
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import MAX_IMAGE_BYTES, BadImage
from tdot_core.services.datasets.source import ImageSource


class FolderSource(ImageSource):
    """Read images from a folder and those below it; links to files are followed, links to folders are not."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"folder {folder.resolve().name}")
        self._folder = folder
        for parent, folders, files in os.walk(folder, onerror=_refuse):
            folders[:] = [name for name in folders if not name.startswith(".")]
            below = Path(parent).relative_to(folder)
            for name in files:
                self.add((below / name).as_posix(), str(below / name))

    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage for what is no readable file of at most 64 MiB."""
        file = self._folder / self.keys[path]
        try:
            if not file.is_file():
                raise BadImage("not a regular file")
            with file.open("rb") as opened:
                data = opened.read(MAX_IMAGE_BYTES + 1)
        except OSError as error:
            raise BadImage(f"cannot be read ({error.strerror})") from error
        if len(data) > MAX_IMAGE_BYTES:
            raise BadImage(f"more than {MAX_IMAGE_BYTES // 2**20} MiB")
        return data


def _refuse(error: OSError) -> None:
    raise TdotError(f"The folder {str(error.filename)[:200]!r} cannot be read ({error.strerror}).")
