"""Images in a tar file, compressed or not: nothing is ever extracted by name."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import lzma
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import MAX_IMAGE_BYTES, BadImage
from tdot_core.services.datasets.readers.reason import reason
from tdot_core.services.datasets.source import MAX_FILES, ImageSource, too_many_files

_PIECE = 2**20
_LONGEST_HEADER = 2**16
_UNREADABLE = (OSError, EOFError, ValueError, OverflowError, tarfile.TarError, zlib.error, lzma.LZMAError)
_COMPANIONS = {".cls", ".json", ".txt", ".caption", ".id"}


class TarSource(ImageSource):
    """Read images from an open tar file without compression. Refused as a whole (TdotError), before any image is read: a
    member whose name climbs out, a link or a device, a damaged header, more than 1,000,000 members, a WebDataset.
    """

    def __init__(self, label: str, file: BinaryIO) -> None:
        super().__init__(label)
        self._file, self._members = file, dict[str, tarfile.TarInfo]()
        try:
            self._archive = tarfile.TarFile(fileobj=file, tarinfo=_BoundedMember)
            n_files = 0
            for member in self._archive:
                n_files += self._take(member)
                if len(self._members) > MAX_FILES:
                    raise too_many_files(label)
            self._check_end()
        except _UNREADABLE as error:
            raise TdotError(f"The {label} cannot be read as a whole ({reason(error)}). Fetch it again.") from error
        self.note_doubles(n_files - len(self._members))
        # The last of several members with one name counts, as it would after unpacking.
        for name in self._members:
            self.add(name, name)
        self._refuse_webdataset()

    def _take(self, member: tarfile.TarInfo) -> bool:
        """Note one member and tell whether it is a file."""
        shown, path = repr(member.name[:80]), member.name.replace("\\", "/")
        if path.startswith("/") or ".." in path.split("/") or "\0" in path:
            raise TdotError(f"The {self.label} is refused: its member {shown} has a path that leads out of it.")
        if member.issym() or member.islnk():
            raise TdotError(f"The {self.label} is refused: its member {shown} is a link. Pack the files themselves.")
        if member.isdir():
            return False
        if not member.isreg() or member.issparse():
            raise TdotError(f"The {self.label} is refused: its member {shown} is no ordinary file.")
        self._members[member.name] = member
        return True

    def _check_end(self) -> None:
        """Note that a tar ends without its mark; raises ReadError when something else than its end stands there."""
        # At a header that is cut or damaged tarfile stops as at the end, unless it is the first one.
        end = os.pread(self._file.fileno(), 2 * tarfile.BLOCKSIZE, self._archive.offset)
        if end.strip(b"\0"):
            raise tarfile.ReadError("a header is cut or damaged")
        if not end:
            self.notes.append("The tar ends without the mark of its end: some tools leave it out, or it is cut short.")

    def _refuse_webdataset(self) -> None:
        stems = {_stem(path) for path in self.keys}
        beside = [path for path in self.others if Path(path).suffix in _COMPANIONS and _stem(path) in stems]
        if beside and 2 * len(beside) >= len(stems):
            raise TdotError(
                f"The {self.label} is a WebDataset (beside its images lie files such as {beside[0][:80]!r}), whose labels are "
                "not read. To import it: unpack it and move its images into class folders, or write a parquet with the "
                "datasets package."
            )

    def read(self, path: str) -> bytes:
        """Return the bytes of one image; raises BadImage when damaged or over 64 MiB."""
        member = self._members[self.keys.get(path) or self.label_files[path]]
        if member.size > MAX_IMAGE_BYTES:
            raise BadImage(f"more than {MAX_IMAGE_BYTES // 2**20} MiB")
        # Several threads read, and none may move the place of another.
        data = os.pread(self._file.fileno(), member.size, member.offset_data)
        if len(data) != member.size:
            raise BadImage("cut off in the tar")
        return data

    def size(self, path: str) -> int | None:
        return self._members[self.others[path]].size

    def open(self, path: str) -> BinaryIO:
        return cast(BinaryIO, self._archive.extractfile(self._members[self.others[path]]))


class _BoundedMember(tarfile.TarInfo):
    """A member whose extended header is of sensible size: tarfile reads it into memory whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in (*tarfile.REGULAR_TYPES, tarfile.DIRTYPE) and self.size > _LONGEST_HEADER:
            raise tarfile.ReadError("a header too large")
        return cast(tarfile.TarInfo, super()._proc_member(archive))  # type: ignore[misc]


@contextlib.contextmanager
def open_tar(path: Path, max_bytes: int) -> Iterator[TarSource]:
    """Open a tar file of images; a compressed one is first inflated into a temporary file without a name.

    Raises TdotError when it cannot be read as one, or has more than max_bytes unpacked.
    """
    with path.open("rb") as packed, contextlib.ExitStack() as opened:
        file, inflated = cast(BinaryIO, packed), _inflated(packed)
        if inflated:
            file = cast(BinaryIO, opened.enter_context(tempfile.TemporaryFile()))
            _inflate(inflated, file, path.name, max_bytes)
        yield TarSource(f"tar {path.name}", file)


def is_tar(path: Path) -> bool:
    """Tell by its first block whether a file, inflated if need be, is a tar file."""
    with contextlib.suppress(*_UNREADABLE), path.open("rb") as file:
        block = (_inflated(file) or file).read(tarfile.BLOCKSIZE)
        tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        return True
    return False


def _inflated(packed: BufferedReader) -> BinaryIO | None:
    """Return the content of a file compressed by gzip, bzip2 or xz, None when it is not."""
    head = packed.read(6)
    packed.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return cast(BinaryIO, gzip.GzipFile(fileobj=packed, mode="rb"))
    if head.startswith(b"BZh"):
        return cast(BinaryIO, bz2.BZ2File(packed))
    return cast(BinaryIO, lzma.LZMAFile(packed)) if head.startswith(b"\xfd7zXZ\0") else None


def _inflate(packed: BinaryIO, file: BinaryIO, name: str, max_bytes: int) -> None:
    try:
        while piece := packed.read(_PIECE):
            file.write(piece)
            if file.tell() > max_bytes:
                limit = f"{max_bytes / 2**30:.3g} GiB"
                raise TdotError(
                    f"The tar {name} is refused: unpacked it has more than the limit of {limit}. Import a part of it, raise "
                    "the limit, or unpack it and import the folder."
                )
        file.seek(0)
    except _UNREADABLE as error:
        raise TdotError(f"The tar {name} cannot be read ({reason(error)}). Fetch it again.") from error


def _stem(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return f"{folder}/{name.partition('.')[0]}"
