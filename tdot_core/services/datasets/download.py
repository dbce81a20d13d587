"""Downloading one file over HTTP with a known checksum."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Generator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets.disk import disk_errors

_PIECE = 2**20
_LIMIT = 2**30
_TIMEOUT = 30


def download(url: str, md5: str, target: Path, otherwise: str) -> Generator[Progress, None, None]:
    """Fetch url into target and compare its MD5; progress is in bytes.

    otherwise: the sentence that tells what to do instead; it ends every TdotError raised here (no network, an answer
    other than 200, a connection that breaks off, a wrong checksum, more than 1 GiB).
    """
    digest = hashlib.md5(usedforsecurity=False)
    got, total = 0, 0
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer, target.open("wb", buffering=0) as file:
            total = int(answer.headers.get("Content-Length") or 0)
            while piece := answer.read(_PIECE):
                with disk_errors():
                    file.write(piece)
                digest.update(piece)
                got += len(piece)
                if got > _LIMIT:
                    raise TdotError(f"{url} sends more than 1 GiB, which is not the expected file. {otherwise}")
                yield Progress(got, max(total, got), phase="downloading")
    except (OSError, ValueError, http.client.HTTPException) as error:
        reason = error.reason if type(error) is urllib.error.URLError else error
        raise TdotError(f"{url} cannot be downloaded ({str(reason)[:120]}). {otherwise}") from error
    if got < total:
        raise TdotError(f"The download of {url} broke off after {got:,} of {total:,} bytes. Try again. {otherwise}")
    if digest.hexdigest() != md5:
        raise TdotError(f"{url} gave a file with MD5 {digest.hexdigest()} instead of {md5}. Try again. {otherwise}")
