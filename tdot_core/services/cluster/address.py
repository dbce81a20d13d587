"""Finding a Ray cluster, and asking it for a sign of life: Ray itself waits two minutes for one that does not answer."""

from __future__ import annotations

import contextlib
import os
import re
import socket

from tdot_core.errors import TdotError

ANSWER_SECONDS = 5.0
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""What a client of HTTP/2, and so of gRPC, says first (RFC 9113, 3.4): the preface and an empty SETTINGS frame."""
SETTINGS = 4


def cluster_address(wanted: str) -> str:
    """Return the HOST:PORT of a cluster that answers; wanted: one, or "auto" or "" for the one started on this machine.

    Raises TdotError when there is none or it does not answer.
    """
    address = _started_here() if wanted in ("", "auto") else wanted
    if address is None:
        raise TdotError(
            "No Ray cluster was started on this machine. Start one with `ray start --head`, or give its --address HOST:PORT."
        )
    host, _, port = address.rpartition(":")
    if not re.fullmatch(r"[\w.\-\[\]:]+", host) or not port.isdecimal() or not 0 < int(port) < 65536:
        raise TdotError(f"--address: expected auto or HOST:PORT, found {address[:80]!r}.")
    if not os.environ.get("RAY_USE_TLS") and not any(_answers(name, int(port)) for name in _names(host.strip("[]"))):
        raise TdotError(
            f"No Ray cluster answers at {address[:80]}. Check the address and the firewall. Nothing was started."
        )
    return address


def _started_here() -> str | None:
    from ray._private.services import canonicalize_bootstrap_address

    with contextlib.suppress(ConnectionError, ValueError, OSError):  # which is how Ray says that there is none
        return canonicalize_bootstrap_address("auto")
    return None


def _names(host: str) -> list[str]:
    # Ray takes this machine's own name for the loopback address.
    return [host, socket.gethostname()] if host in ("localhost", "127.0.0.1", "::1") else [host]


def _answers(host: str, port: int) -> bool:
    with contextlib.suppress(OSError, UnicodeError), socket.create_connection((host, port), ANSWER_SECONDS) as talk:
        talk.settimeout(ANSWER_SECONDS)
        talk.sendall(PREFACE)
        head = talk.recv(9)
        return len(head) == 9 and head[3] == SETTINGS
    return False
