"""A small CIFAR-10 in its published form, and web servers on this machine that send it."""

from __future__ import annotations

import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

NAMES = [*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin"]


def records(seed: int, n: int = 6) -> np.ndarray:
    """Return n records of one batch, each a label and the planes of an image."""
    made = np.random.default_rng(seed).integers(0, 256, (n, 3073), dtype=np.uint8)
    made[:, 0] %= 10
    return made


def tar_of(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    """Return a tar.gz of files and links by name."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, target in (links or {}).items():
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            tar.addfile(link)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def batches() -> dict[str, bytes]:
    """Return the files of the archive: five batches of training images and one of test images, six images each."""
    return {f"cifar-10-batches-bin/{name}": records(i).tobytes() for i, name in enumerate(NAMES)}


class Resuming(BaseHTTPRequestHandler):
    """Sends `data`, or from the byte that is asked for, and hangs up after `most` bytes; asked: the ranges wanted."""

    data, most, ranged = b"", 10**9, True
    asked: list[str | None]

    def do_GET(self) -> None:
        """Answer as a server that can go on after a byte, or one that cannot."""
        wanted = self.headers.get("Range")
        self.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and self.ranged else 0
        if start >= len(self.data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(self.data) - 1}/{len(self.data)}")
        self.send_header("Content-Length", str(len(self.data) - start))
        self.end_headers()
        self.wfile.write(self.data[start : start + self.most])

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: Any) -> Iterator[str]:
    """Run a web server while the block runs and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def small_cifar() -> Iterator[tuple[type[Resuming], str]]:
    """Serve a small CIFAR-10; gives the handler, whose attributes say how it behaves, and the address."""
    kind = type("SmallCifar", (Resuming,), {"data": tar_of(batches()), "asked": []})
    with serving(kind) as address:
        yield kind, address
