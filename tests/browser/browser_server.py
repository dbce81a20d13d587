"""A real `streamlit run app.py` on a free port, for tests and screenshots."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 600.0


@contextmanager
def running_app(cache: Path, log: Path, *, assets: Path | None = None) -> Iterator[str]:
    """Start the app with TDOT_CACHE (and TDOT_ASSETS) set, give its address when it answers, stop it at the end.

    log: where its output goes. Raises RuntimeError with the end of the log when it does not come up.
    """
    port = free_port()
    environment = {**os.environ, "TDOT_CACHE": str(cache)} | ({"TDOT_ASSETS": str(assets)} if assets else {})
    command = [
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(port),
        "--server.fileWatcherType", "none", "--browser.gatherUsageStats", "false",
    ]  # fmt: skip
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(process, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')[-2000:]}")
