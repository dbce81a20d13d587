"""Images of one shape, written one after another to a file without a name and read back from there."""

from __future__ import annotations

import tempfile
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.storage.paths import cache_root

Images = NDArray[np.uint8]


class Spool:
    """Collect uint8 images of one shape on the cache's disk, so that many large ones take no memory.

    n: how many there are; shape: of one image, None before the first. Leaving the context forgets all but the array that
    `images` gave, with which the file goes. Raises TdotError when the disk refuses.
    """

    def __init__(self) -> None:
        self.n = 0
        self.shape: tuple[int, ...] | None = None
        try:
            cache_root().mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=cache_root())  # noqa: SIM115 (closed on leaving)
        except OSError as error:
            raise _refused(error) from error

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, images: Images) -> None:
        """Append images (b, ...) of one shape."""
        assert self.shape in (None, images.shape[1:])
        self.shape = images.shape[1:]
        try:
            self._file.write(np.ascontiguousarray(images).data)
            self._file.flush()
        except OSError as error:
            raise _refused(error) from error
        self.n += len(images)

    def images(self) -> Images:
        """Return all images (n, ...), memory-mapped and read-only; at least one must be there."""
        assert self.shape is not None
        return np.memmap(self._file, np.uint8, "r", shape=(self.n, *self.shape))


def _refused(error: OSError) -> TdotError:
    return TdotError(
        f"The decoded images could not be kept ({error.strerror}). Free disk space, or point TDOT_CACHE to a larger disk."
    )
