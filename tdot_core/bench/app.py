"""How soon the app is there, and how much memory it takes."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from tdot_core.bench.browser import open_page, screens, visit
from tdot_core.bench.result import BenchResult
from tdot_core.errors import TdotError
from tdot_core.services.storage.paths import project_root

NAME = "app"
HELP = "start of the app to its first complete screen, and its memory after every screen was used"

STARTS = 3
START_SECONDS, MEMORY_GIB = 6.0, 2.0
PATIENCE_SECONDS = 60.0


def run() -> list[BenchResult]:
    """Start the app in processes of its own, time its first complete screen in a browser, then open every screen once.

    Without a browser nothing is judged: the server's readiness alone is less than the bar speaks of.
    """
    try:
        with open_page() as page:
            measured = [_start(page, use=k == STARTS - 1) for k in range(STARTS)]
    except TdotError as error:
        return _results(None, None, f"not measured: {error}")
    _, memory, opened = measured[-1]
    return _results(statistics.median(m[0] for m in measured), memory, f"after opening {opened} screens")


def _results(started: float | None, memory: float | None, note: str) -> list[BenchResult]:
    how = f"median of {STARTS}" if started is not None else note
    return [
        BenchResult(NAME, f"app start to first complete screen, {how}", started, "seconds", "<", START_SECONDS),
        BenchResult(NAME, f"memory of the app, {note}", memory, "GiB", "<", MEMORY_GIB),
    ]


def _start(page: Any, use: bool) -> tuple[float, float, int]:
    """Return the seconds to the first complete screen, the app's GiB, and how many screens were opened after it (if use)."""
    with app_server() as (process, url, begun):
        wait_ready(process, url)
        visit(page, url)
        started = time.perf_counter() - begun
        addresses = screens(page) if use else []
        for address in addresses:
            visit(page, address)
        return started, _memory(process), len(addresses)


@contextmanager
def app_server() -> Iterator[tuple[subprocess.Popen[bytes], str, float]]:
    """Start the app on a free port and give its process, its address and when it began; it is ended afterwards."""
    app = project_root() / "app.py"
    if not app.exists():
        raise TdotError("there is no app.py beside tdot_core")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    begun = time.perf_counter()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            str(app),
            "--server.headless",
            "true",
            "--server.port",
            str(port),
            "--server.address",
            "127.0.0.1",
            "--server.fileWatcherType",
            "none",
        ],
        cwd=project_root(),
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process, f"http://127.0.0.1:{port}", begun
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def wait_ready(process: subprocess.Popen[bytes], url: str) -> None:
    """Wait until the app answers; raises TdotError when it ends, or after a minute."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise TdotError(f"the app ended with exit code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise TdotError(f"the app did not answer within {PATIENCE_SECONDS:g} seconds")


def _memory(process: subprocess.Popen[bytes]) -> float:
    root = psutil.Process(process.pid)
    return float(sum(p.memory_info().rss for p in [root, *root.children(recursive=True)])) / 2**30
