"""Run the parts one after another and write the table: `python -m tests.faults [--part PART] [--short]`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from tests.faults.result import GROUPS, ORDER, Row, keep, stamped


def main() -> int:
    """Run what was asked for; exit code 0 when every bar holds, 1 when not. --short writes no table."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--part", action="append", choices=[*ORDER, *GROUPS], help="only this part; repeatable")
    parser.add_argument("--short", action="store_true", help="what CI runs: all parts in about a minute")
    parser.add_argument("--seed", type=int, default=0, help="of everything random")
    args = parser.parse_args()
    rows: list[Row] = []
    for name in [one for part in args.part or ORDER for one in GROUPS.get(part, (part,))]:
        with tempfile.TemporaryDirectory(prefix=f"tdot-{name}-") as folder:
            begun = time.monotonic()
            made = importlib.import_module(f"tests.faults.{name}").run(Path(folder), short=args.short, seed=args.seed)
            fresh = [stamped(row, time.monotonic() - begun) for row in made]
        rows += fresh
        if not fresh:
            print(f"not measured  {name}: needs Ray, or is left out of the short form", flush=True)
        for row in fresh:
            print(
                f"{'pass' if row.passed else 'FAIL'}  {row.part}: {row.bar}: {row.found} ({row.seconds:.0f} s)",
                flush=True,
            )
        if not args.short:
            keep(rows)
    return 0 if all(row.passed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
