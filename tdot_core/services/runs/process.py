"""Which process works on a run, beyond reuse of its number and beyond changes of the clock."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import psutil

SAME_SECONDS = 1.0


def start_ticks(pid: int) -> str:
    """Return boot id and clock ticks from boot to the process's start where the system tells (Linux), else nothing.

    Unlike the creation time, which psutil adds up from the wall clock, they stay the same when the clock is set.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return ""
    return f"{boot} {stat.rpartition(b')')[2].split()[19].decode()}"


def create_time(pid: int) -> float | None:
    """Return when the process was created, in Unix seconds, or None when there is none."""
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def host_name() -> str:
    """Return this machine's name; a cache on a shared disk is seen from several."""
    return socket.gethostname()


def process_alive(pid: int | None, created: float | None, ticks: str = "") -> bool:
    """Return whether that very process runs: same number, same start, not a zombie.

    ticks: `start_ticks` of it, which decide where they are known; otherwise the creation time does.
    """
    if pid is None or pid <= 0:
        return False
    try:
        process = psutil.Process(pid)
        if process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD):
            return False
        if ticks and os.path.exists("/proc/self/stat"):
            return start_ticks(pid) == ticks
        return created is None or abs(process.create_time() - created) < SAME_SECONDS
    except psutil.Error:
        return False


def process_paused(pid: int) -> bool:
    """Return whether the system holds the process still (a stop signal, a debugger)."""
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except psutil.Error:
        return False
