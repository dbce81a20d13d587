"""Images in a zip file, read in memory: nothing is ever extracted to disk."""

from __future__ import annotations

import contextlib
import re
import stat
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import MAX_IMAGE_BYTES, BadImage
from tdot_core.services.datasets.source import MAX_FILES, ImageSource, too_many_files
from tdot_core.services.storage.zip_damage import ZIP_DAMAGE

_PIECE = 2**20
_SMALL_PIECE = 4096
_METHODS = {1: "shrink", 6: "implode", 9: "deflate64", 10: "implode", 93: "zstd", 95: "xz", 97: "wavpack", 98: "ppmd"}
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_READ = (*_BOUNDED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class ZipSource(ImageSource):
    """Read images from an open zip file. Refused as a whole (TdotError), before any image is read: a member whose name
    climbs out or that is a link, encryption, more than 1,000,000 members, more than max_bytes inflated.

    What the headers promise is checked first, what is really read is counted as well, of each member once. A zip inside is not opened. Of what
    is no image, one file at a time is inflated into a temporary file without a name.
    """

    def __init__(self, label: str, archive: zipfile.ZipFile, max_bytes: int) -> None:
        super().__init__(label)
        self._archive, self._max_bytes, self._lock = archive, max_bytes, threading.Lock()
        self._n_read, self._most_of = 0, dict[str, int]()
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise too_many_files(label)
        for member in members:
            self._check(member)
        self._refuse_beyond(sum(member.file_size for member in members))
        # The last of several members with one name counts, as it would after unpacking.
        self._members = {member.filename: member for member in members}
        self.note_doubles(sum(not m.is_dir() for m in members) - sum(not m.is_dir() for m in self._members.values()))
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
        member = self._members[self.keys.get(path) or self.label_files[path]]
        if member.file_size > MAX_IMAGE_BYTES:
            raise BadImage(f"more than {MAX_IMAGE_BYTES // 2**20} MiB")
        if member.compress_type not in _READ:
            method = _METHODS.get(member.compress_type, f"method {member.compress_type}")
            raise BadImage(f"compressed by {method}; which is not read: zip it again with deflate, or unpack it")
        try:
            return b"".join(self._pieces(member))
        except ZIP_DAMAGE as error:
            raise BadImage(f"damaged in the zip ({str(error)[:80]})") from error

    def size(self, path: str) -> int | None:
        return self._members[self.others[path]].file_size

    def open(self, path: str) -> BinaryIO:
        copy = tempfile.TemporaryFile()  # noqa: SIM115 (the caller closes it)
        try:
            for piece in self._pieces(self._members[self.others[path]]):
                copy.write(piece)
        except ZIP_DAMAGE as error:
            copy.close()
            raise TdotError(f"{path[:80]!r} in the {self.label} cannot be read ({str(error)[:80]}).") from error
        copy.seek(0)
        return cast(BinaryIO, copy)

    def _pieces(self, member: zipfile.ZipInfo) -> Iterator[bytes]:
        # Of bzip2 and lzma zipfile inflates whatever it read at once, so little may be asked for at a time.
        size = _PIECE if member.compress_type in _BOUNDED else _SMALL_PIECE
        n = 0
        with self._archive.open(member) as file:
            while piece := file.read(size):
                n += len(piece)
                with self._lock:
                    # What is opened again, as an npz is for its header and its pixels, unpacks to no more than before.
                    before = self._most_of.get(member.filename, 0)
                    self._most_of[member.filename] = max(n, before)
                    self._n_read += max(n - before, 0)
                self._refuse_beyond(self._n_read)
                yield piece


@contextlib.contextmanager
def open_zip(path: Path, max_bytes: int) -> Iterator[ZipSource]:
    """Open a zip file of images; raises TdotError when it cannot be read as one."""
    try:
        archive = zipfile.ZipFile(path)
    except PermissionError as error:
        raise TdotError(f"{path.name[:80]!r} cannot be read ({error.strerror}).") from error
    except ZIP_DAMAGE as error:
        raise TdotError(f"{path.name[:80]!r} is neither a folder nor a whole zip file ({str(error)[:80]}).") from error
    with archive:
        yield ZipSource(f"zip {path.name}", archive, max_bytes)


def _posix(name: str) -> str:
    return name.replace("\\", "/")
