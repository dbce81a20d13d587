"""Do one run's work: `python -m tdot_core.worker RUN_DIR`. Knows no engine: whoever starts it owns the process.

`torchrun --standalone --nproc-per-node N -m tdot_core.worker RUN_DIR` does it on N processes, where the kind of run can.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.jobs.execute import calm_process
from tdot_core.services.jobs.together import work_together
from tdot_core.services.runs.store import open_run


def main(argv: list[str]) -> int:
    """Execute the run in the given directory; exit code 0 done or stopped, 1 failed, 2 not a run."""
    if len(argv) != 1:
        print("usage: python -m tdot_core.worker RUN_DIR", file=sys.stderr)
        return 2
    try:
        run = open_run(Path(argv[0]))
        calm_process()
        status = work_together(run)
    except TdotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if status is None:
        return 0  # the first process reports
    print(f"{run.id}: {status.state}. {status.message}")
    return 0 if status.state in ("done", "stopped") else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
