"""Opening whatever the user points to as a source of images."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.datasets.folder import FolderSource, open_file
from tdot_core.services.datasets.readers.numpy_members import ZIP, is_numpy
from tdot_core.services.datasets.single import SingleSource
from tdot_core.services.datasets.source import ImageSource
from tdot_core.services.datasets.tarred import is_tar, open_tar
from tdot_core.services.datasets.zipped import open_zip


@contextlib.contextmanager
def open_source(path: Path, max_bytes: int) -> Iterator[ImageSource]:
    """Open a folder, a zip or a tar file, or one file of arrays; raises TdotError when path is none of these.

    What a file is, is told by its content. max_bytes: the limit on what it may inflate to.
    """
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:
        raise TdotError(f"This is not a usable path: {str(path)[:80]!r} ({error}).") from error
    if is_folder:
        yield FolderSource(path)
    elif is_file:
        with _open_file(path, max_bytes) as source:
            yield source
    else:
        raise TdotError(
            f"Nothing to import at {str(path)[:200]!r}: expected a folder, a zip or tar file of images, or a file of arrays."
        )


@contextlib.contextmanager
def _open_file(path: Path, max_bytes: int) -> Iterator[ImageSource]:
    with open_file(path) as file:
        begins_as_zip = file.read(len(ZIP)) == ZIP
    if is_tar(path):
        with open_tar(path, max_bytes) as tarred:
            yield tarred
    elif (begins_as_zip or zipfile.is_zipfile(path)) and not any(map(is_numpy, SingleSource(path).array_files())):
        with open_zip(path, max_bytes) as zipped:
            yield zipped
    else:
        yield SingleSource(path)
