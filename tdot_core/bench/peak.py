"""The most memory that this process has held."""

from __future__ import annotations

import sys
from pathlib import Path


def peak_gib() -> float:
    """Return the peak resident memory of this process in GiB.

    From the process's own address space where Linux tells it: getrusage's figure starts at that of whoever started the process.
    """
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 2**20
    except (OSError, StopIteration):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**30 if sys.platform == "darwin" else 2**20)
