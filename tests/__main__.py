"""`python -m tests [ARGUMENTS OF PYTEST]`: every test, as `make test` runs them, in two parts (see tests/parts.py).

Ends with 0 when every test passed, else with the code of the first part that did not.
"""

from __future__ import annotations

import subprocess
import sys
import time

from tests.parts import APART, PARTS, pytest_xdist_auto_num_workers

NOTHING_CHOSEN = 5
FAILED = 1


def main(arguments: list[str]) -> int:
    """Run both parts, say what is done and how it ended, and return the exit code."""
    names = {
        "together": f"side by side in {pytest_xdist_auto_num_workers()} processes",
        "apart": f"one after another: {', '.join(APART)}",
    }
    codes = []
    for number, part in enumerate(PARTS, 1):
        _say(f"Part {number} of {len(PARTS)}: tests {names[part]}. Each part is in random order; its seed is said.")
        begun = time.monotonic()
        codes.append(_run(part, arguments))
        _say(f"Part {number} {_ended(codes[-1])} after {(time.monotonic() - begun) / 60:.1f} minutes.")
        if codes[-1] not in (0, FAILED, NOTHING_CHOSEN) or (codes[-1] and _stops_at_once(arguments)):
            return codes[-1]
    bad = [code for code in codes if code not in (0, NOTHING_CHOSEN)]
    return bad[0] if bad else min(codes)


def _run(part: str, arguments: list[str]) -> int:
    side_by_side = ["-n", "auto", "--dist", "loadfile"] if part == "together" else []
    command = [sys.executable, "-m", "pytest", "-p", "tests.parts", "--part", part, *side_by_side, *arguments]
    return subprocess.run(command).returncode


def _ended(code: int) -> str:
    return {0: "passed", FAILED: "FAILED", NOTHING_CHOSEN: "had nothing to run"}.get(code, f"ended with code {code}")


def _stops_at_once(arguments: list[str]) -> bool:
    return any(word in ("-x", "--exitfirst") or word.startswith("--maxfail") for word in arguments)


def _say(text: str) -> None:
    print(f"\n== {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
