"""The peak memory is the process's own, and high where it was high."""

from __future__ import annotations

import subprocess
import sys

import pytest

ASK = "from tdot_core.bench.peak import peak_gib; print(peak_gib())"


def peak_of(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_it_keeps_what_was_held_and_given_back() -> None:
    held = "block = bytearray(b'x') * 2**29; del block; "
    assert 0.5 < peak_of(held + ASK) < 0.7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own peak")
def test_what_the_starting_process_held_does_not_count() -> None:
    # Half a GiB here, while the child starts.
    block = bytearray(b"x") * 2**29
    found = peak_of(ASK)
    assert found < 0.3 and len(block) == 2**29
