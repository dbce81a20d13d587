"""Images in a zip file, read in memory: nothing is ever extracted to disk."""

from __future__ import annotations

import contextlib
import re
import stat
import struct
import threading
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import MAX_IMAGE_BYTES, BadImage
from tdot_core.services.datasets.source import MAX_FILES, ImageSource, too_many_files

_PIECE = 2**20
_UNREADABLE = (
    OSError, EOFError, ValueError, IndexError, OverflowError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip
"""What zipfile raises for a damaged or encrypted file."""


class ZipSource(ImageSource):
    """Read images from an open zip file. Refused as a whole (TdotError), before any image is read: a member whose name
    climbs out or that is a link, encryption, more than 1,000,000 members, more than max_bytes inflated.

    What the headers promise is checked first, what is really read is counted as well. A zip inside is not opened.
    """

    def __init__(self, label: str, archive: zipfile.ZipFile, max_bytes: int) -> None:
        super().__init__(label)
        self._archive, self._max_bytes, self._n_read, self._lock = archive, max_bytes, 0, threading.Lock()
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise too_many_files(label)
        for member in members:
            self._check(member)
        self._refuse_beyond(sum(member.file_size for member in members))
        # The last of several members with one name counts, as it would after unpacking.
        self._members = {member.filename: member for member in members}
        for name in self._members:
            if not name.endswith("/"):
                self.add(_posix(name), name)

    def _check(self, member: zipfile.ZipInfo) -> None:
        shown = repr(member.orig_filename[:80])
        for name in (member.orig_filename, member.filename):
            path = _posix(name)
            if path.startswith("/") or ".." in path.split("/") or re.match("[A-Za-z]:", path) or "\0" in path:
                raise TdotError(f"The {self.label} is refused: its member {shown} has a path that leads out of it.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise TdotError(f"The {self.label} is refused: its member {shown} is a link. Zip the files themselves.")
        if member.flag_bits & 0x1:
            raise TdotError(f"The {self.label} is encrypted ({shown}). Import one without a password.")

    def _refuse_beyond(self, n_bytes: int) -> None:
        if n_bytes > self._max_bytes:
            limit = f"{self._max_bytes / 2**30:.3g} GiB"
            raise TdotError(
                f"The {self.label} is refused: unpacked it has more than the limit of {limit}. "
                "Import a part of it, raise the limit, or unpack it and import the folder."
            )

    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage when damaged or over 64 MiB, TdotError past max_bytes."""
        member = self._members[self.keys[path]]
        if member.file_size > MAX_IMAGE_BYTES:
            raise BadImage(f"more than {MAX_IMAGE_BYTES // 2**20} MiB")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # zipfile inflates the other methods without a bound on memory.
            raise BadImage("compressed by a method other than deflate")
        pieces: list[bytes] = []
        try:
            with self._archive.open(member) as file:
                while piece := file.read(_PIECE):
                    pieces.append(piece)
                    with self._lock:
                        self._n_read += len(piece)
                    self._refuse_beyond(self._n_read)
        except _UNREADABLE as error:
            raise BadImage(f"damaged in the zip ({str(error)[:80]})") from error
        return b"".join(pieces)


@contextlib.contextmanager
def open_zip(path: Path, max_bytes: int) -> Iterator[ZipSource]:
    """Open a zip file of images; raises TdotError when it cannot be read as one."""
    try:
        archive = zipfile.ZipFile(path)
    except PermissionError as error:
        raise TdotError(f"{path.name[:80]!r} cannot be read ({error.strerror}).") from error
    except _UNREADABLE as error:
        raise TdotError(f"{path.name[:80]!r} is neither a folder nor a whole zip file ({str(error)[:80]}).") from error
    with archive:
        yield ZipSource(f"zip {path.name}", archive, max_bytes)


def _posix(name: str) -> str:
    return name.replace("\\", "/")
