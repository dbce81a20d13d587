"""Images in a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import MAX_IMAGE_BYTES, BadImage
from tdot_core.services.datasets.layout import clean_path
from tdot_core.services.datasets.source import ImageSource
from tdot_core.services.storage.paths import allowed_roots


class FolderSource(ImageSource):
    """Read images from a folder and those below it; links inside the allowed roots are followed.

    A link to a file or folder outside them, or back to a folder that holds it, is not followed, and said.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(f"folder {folder.resolve().name}")
        self._folder = folder
        left: list[str] = []
        for parent, folders, files in os.walk(folder, onerror=_refuse, followlinks=True):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in [name for name in folders if not self._may_enter(Path(parent) / name)]:
                folders.remove(name)
                left.append((Path(parent) / name).relative_to(folder).as_posix())
            below = Path(parent).relative_to(folder)
            for name in sorted(files):
                if self._may_enter(Path(parent) / name):
                    self.add((below / name).as_posix(), str(below / name))
                else:
                    left.append((below / name).as_posix())
        if left:
            named = ", ".join(repr(clean_path(name)[:80]) for name in left[:5])
            self.notes.append(
                f"{len(left):,} links were not followed (they lead outside the allowed folders, or back): {named}."
            )

    def _may_enter(self, path: Path) -> bool:
        if not path.is_symlink():
            return True
        try:
            target = path.resolve()
        except (OSError, RuntimeError):  # a link to itself
            return False
        if any(
            parent.resolve().is_relative_to(target) for parent in path.parents if parent.is_relative_to(self._folder)
        ):
            return False
        return target.is_relative_to(self._folder.resolve()) or any(target.is_relative_to(r) for r in allowed_roots())

    def size(self, path: str) -> int | None:
        file = self._folder / self.others[path]
        return file.stat().st_size if file.is_file() else None

    def open(self, path: str) -> BinaryIO:
        return open_file(self._folder / self.others[path])

    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage for what is no readable file of at most 64 MiB."""
        file = self._folder / (self.keys.get(path) or self.label_files[path])
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


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading; raises TdotError when it cannot be."""
    try:
        return path.open("rb")
    except OSError as error:
        raise TdotError(f"{path.name[:80]!r} cannot be read ({error.strerror}).") from error


def _refuse(error: OSError) -> None:
    raise TdotError(f"The folder {str(error.filename)[:200]!r} cannot be read ({error.strerror}).")
