"""Start the dashboard."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from tdot_core.commands.report import Report, add_json
from tdot_core.errors import TdotError
from tdot_core.services.storage.paths import project_root

NAME = "app"
HELP = "Start the dashboard and stay until it ends"
PORT = 8501


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--port", type=int, default=PORT, help=f"port on this machine (default {PORT})")
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an option of Streamlit's own, such as server.headless=true; repeatable",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> Report:
    """Become Streamlit on app.py: signals and the exit code are then the server's own, and ending it leaves nothing behind."""
    _check_port(args.port)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(args.port)]
    for option in args.option:
        name, given, value = option.partition("=")
        if not given or not name:
            raise TdotError(f"--option takes NAME=VALUE, such as server.headless=true; found {option[:80]!r}.")
        command += [f"--{name}", value]
    os.chdir(project_root())
    os.execv(sys.executable, command)


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise TdotError(f"--port takes a number from 1 to 65535, found {port}.")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            other = port + 100 if port + 100 <= 65535 else PORT + 100
            raise TdotError(
                f"Port {port} is in use, perhaps by another TDOT: stop that one, or choose another: tdot app --port {other}."
            )
