"""Opening whatever the user points to as a source of images."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.datasets.folder import FolderSource
from tdot_core.services.datasets.source import ImageSource
from tdot_core.services.datasets.zipped import open_zip


@contextlib.contextmanager
def open_source(path: Path, max_bytes: int) -> Iterator[ImageSource]:
    """Open a folder or a zip file of images; raises TdotError when path is neither.

    max_bytes: the limit on what a zip may inflate to.
    """
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as error:
        raise TdotError(f"This is not a usable path: {str(path)[:80]!r} ({error}).") from error
    if is_folder:
        yield FolderSource(path)
    elif is_file:
        with open_zip(path, max_bytes) as source:
            yield source
    else:
        raise TdotError(f"Nothing to import at {str(path)[:200]!r}: expected a folder or a zip file of images.")
