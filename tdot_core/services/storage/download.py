"""Downloading one file over HTTP with a known checksum, going on after what an earlier attempt has left."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

from tdot_core.errors import TdotError
from tdot_core.progress import Progress

PIECE = 2**20
LIMIT = 2**30
TIMEOUT_SECONDS = 30


def download(url: str, target: Path, digest: str, otherwise: str) -> Generator[Progress, None, None]:
    """Fetch url into target, going on after what it holds where the server can, and compare its checksum; progress is in bytes.

    digest: "md5:" or "sha256:" and the hexadecimal digits, or the first of them, that the file has. otherwise: the sentence
    that tells what to do instead; it ends every TdotError raised here (no network, an answer other than 200 or 206, a
    connection that breaks off, a wrong checksum, more than 1 GiB, a disk that refuses). What has arrived then stays in
    target, unless it can never become the file.
    """
    name, _, expected = digest.partition(":")
    try:
        file = target.open("a+b", buffering=0)
    except OSError as error:
        raise _unwritten(error, otherwise) from error
    with file:
        found, got = _read(file, name)
        if got and found.hexdigest().startswith(expected):
            return
        try:
            with _ask(url, got) as answer:
                if not _goes_on(answer, got):
                    file.truncate(0)
                    found, got = hashlib.new(name, usedforsecurity=False), 0
                total = got + int(answer.headers.get("Content-Length") or 0)
                yield Progress(got, max(total, got, 1), phase="downloading")
                while piece := answer.read(PIECE):
                    _write(file, piece, otherwise)
                    found.update(piece)
                    got += len(piece)
                    if got > LIMIT:
                        file.truncate(0)
                        raise TdotError(f"{url} sends more than 1 GiB, which is not the expected file. {otherwise}")
                    yield Progress(got, max(total, got), phase="downloading")
        except (OSError, ValueError, http.client.HTTPException) as error:
            if (
                isinstance(error, urllib.error.HTTPError)
                and error.code == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            ):
                file.truncate(0)
            reason = error.reason if type(error) is urllib.error.URLError else error
            raise TdotError(f"{url} cannot be downloaded ({str(reason)[:120]}). {_kept(file)}{otherwise}") from error
        if got < total:
            raise TdotError(
                f"The download of {url} broke off after {got:,} of {total:,} bytes. Try again: it goes on from there. {otherwise}"
            )
        if not found.hexdigest().startswith(expected):
            file.truncate(0)
            raise TdotError(
                f"{url} gave a file with {name.upper()} {found.hexdigest()} instead of {expected}. Try again. {otherwise}"
            )


def _read(file: IO[bytes], name: str) -> tuple[Any, int]:
    """Return the checksum so far, and the bytes that it is of."""
    found, got = hashlib.new(name, usedforsecurity=False), 0
    file.seek(0)
    while piece := file.read(PIECE):
        found.update(piece)
        got += len(piece)
    return found, got


def _ask(url: str, got: int) -> Any:
    headers = {"Range": f"bytes={got}-"} if got else {}
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_SECONDS)


def _goes_on(answer: Any, got: int) -> bool:
    """Return whether the answer begins after the first `got` bytes, and not with the first byte."""
    begins = str(answer.headers.get("Content-Range", ""))
    return bool(answer.status == http.HTTPStatus.PARTIAL_CONTENT) and begins.startswith(f"bytes {got}-")


def _kept(file: IO[bytes]) -> str:
    kept = file.seek(0, 2)
    return f"The first {kept / 1e6:.0f} MB are kept, and a new attempt goes on from there. " if kept >= PIECE else ""


def _write(file: Any, piece: bytes, otherwise: str) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise _unwritten(error, otherwise) from error


def _unwritten(error: OSError, otherwise: str) -> TdotError:
    return TdotError(
        f"The download cannot be written ({error.strerror or error}): free some space, or point TDOT_CACHE to a larger "
        f"disk. {otherwise}"
    )
