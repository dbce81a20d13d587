"""Evaluation as a run: created from a screen or the command line, done by a worker, resumable row by row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.plan import make_plan
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.results.rows import EvaluationRow, read_rows, write_rows
from tdot_core.services.runs.store import Run, create_run
from tdot_core.services.storage.version import code_version


def create_evaluation(spec: EvaluationSpec, label: str = "", *, weights: str | Path | None = None) -> Run:
    """Make a pending evaluation run; priors, data and settings are checked now, so that nothing fails later for a typing mistake.

    weights: a path for extractor inception, kept for a resume. Raises TdotError as `evaluate` does.
    """
    make_plan(spec, weights)
    return create_run(
        "evaluation",
        {
            "config": spec.plain(),
            "dataset": {"name": spec.dataset},
            "seed": spec.seed,
            "device": spec.device,
            "label": label,
            "weights": None if weights is None else str(Path(weights).expanduser().resolve()),
            "code_version": code_version(),
        },
    )


class EvaluationSession:
    """Do one evaluation run; every finished row is in rows.json at once, and a resumed run takes them over.

    notes: how many rows are there. What was drawn of an unfinished row waits on disk under its content hash.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.spec = EvaluationSpec.from_plain(run.config)
        self.notes: list[str] = []
        self._damage: list[str] = []
        self.rows: list[EvaluationRow] = []
        self._earlier = self._read()

    def _read(self) -> list[EvaluationRow]:
        try:
            return read_rows(self.run)
        except TdotError as error:
            self._damage.append(f"{error} Every row was measured again.")
            return []

    def __iter__(self) -> Iterator[Progress]:
        yield from evaluate(self.spec, weights=self.run.spec.get("weights"), on_row=self._add, finished=self._earlier)

    def _add(self, row: EvaluationRow) -> None:
        self.rows.append(row)
        self.notes = [f"{len(self.rows)} rows are there.", *self._damage]
        self._write()

    def _write(self) -> None:
        # Rows of the earlier attempt come back one by one; the file never shrinks meanwhile.
        if len(self.rows) >= len(self._earlier):
            write_rows(self.run, self.rows)

    def save(self, step: int) -> None:
        """Write the finished rows; images and features are on disk already."""
        self._write()
