"""`tdot app`: what it refuses, and that it starts the real server."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest

from tdot_core.__main__ import main
from tdot_core.services.storage.paths import project_root
from tests.ports import free_port


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["app", "--port", str(port)]) == 2
    assert f"Port {port} is in use" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "0"], "from 1 to 65535, found 0"),
        (["--option", "headless"], "NAME=VALUE"),
        (["--option", "=1"], "NAME=VALUE"),
    ],
)
def test_bad_input_is_one_sentence(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = arguments if "--port" in arguments else ["--port", str(free_port()), *arguments]
    assert main(["app", *asked]) == 2 and said in capsys.readouterr().err


def test_it_serves_the_dashboard(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "tdot_core", "app", "--port", str(port), "--option", "server.headless=true"]
    with subprocess.Popen(command, cwd=project_root(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            answer = b""
            while server.poll() is None and not answer:
                try:
                    answer = urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).read()
                except (urllib.error.URLError, ConnectionError, TimeoutError):
                    time.sleep(0.3)
            assert answer == b"ok"
        finally:
            server.terminate()
            assert server.wait(600) in (0, -signal.SIGTERM)
    assert not [p for p in psutil.process_iter(["cmdline"]) if f"{port}" in (p.info["cmdline"] or [])]
