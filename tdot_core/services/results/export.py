"""Rows of evaluations as CSV, Parquet, Markdown, LaTeX, or the BibTeX of their metrics: pure functions from rows to bytes."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tdot_core.errors import TdotError, unknown_name
from tdot_core.metrics import metrics as registered
from tdot_core.metrics.value import MetricValue
from tdot_core.models.extractors import extractors
from tdot_core.services.catalogue.sources import bibtex
from tdot_core.services.results.rows import BY_KEY, EvaluationRow
from tdot_core.services.results.table import by_space, lay_out, metric_columns

VALUE_FIELDS = ("value", "spread", "n", "n_real", "sets", "note", "values")
START_FIELDS = ("value", "spread", "n")


def records(rows: Sequence[EvaluationRow]) -> tuple[list[str], list[list[Any]]]:
    """Return a header and one list of plain values per row: every field, the division, and per metric its VALUE_FIELDS.

    Columns of the prior error at x_{t*} are named start_KEY. What does not apply is None. Raises TdotError for no rows.
    """
    if not rows:
        raise TdotError("There are no rows to write yet. Evaluate a prior first.")
    fields = [*(f.name for f in dataclasses.fields(EvaluationRow) if f.name not in BY_KEY), "division"]
    metrics, starts = metric_columns(rows), list(dict.fromkeys(key for row in rows for key in row.start))
    header = fields + [_column(title, part) for _, title in metrics for part in VALUE_FIELDS]
    header += [_column(f"start_{key}", part) for key in starts for part in START_FIELDS]
    lines = []
    for row in rows:
        line = [getattr(row, name) for name in fields]
        for key, title in metrics:
            line += _parts(row.metrics.get(key) if row.title(key) == title else None, VALUE_FIELDS)
        for key in starts:
            line += _parts(row.start.get(key), START_FIELDS)
        lines.append(line)
    return header, lines


def _column(title: str, part: str) -> str:
    return title if part == "value" else f"{title} {part}"


def _parts(value: MetricValue | None, names: Sequence[str]) -> list[Any]:
    return [None if value is None else getattr(value, name) for name in names]


def to_csv(rows: Sequence[EvaluationRow]) -> str:
    """Return `records` as CSV. Numbers keep all their digits; values per set are separated by spaces; None is empty."""
    header, lines = records(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([" ".join(map(repr, v)) if isinstance(v, tuple) else v for v in line] for line in lines)
    return text.getvalue()


def to_parquet(rows: Sequence[EvaluationRow]) -> bytes:
    """Return `records` as Parquet: numbers as numbers, values per set as lists. Raises TdotError without pyarrow."""
    import pandas as pd

    header, lines = records(rows)
    plain = [[list(v) if isinstance(v, tuple) else v for v in line] for line in lines]
    frame = pd.DataFrame(plain, columns=header)
    for name in header:
        whole = [v for v in frame[name] if v is not None and not isinstance(v, list)]
        if whole and all(isinstance(v, int) and not isinstance(v, bool) for v in whole):
            frame[name] = frame[name].astype("Int64")
    try:
        return frame.to_parquet(index=False)  # type: ignore[no-any-return]
    except ImportError as error:
        raise TdotError("Parquet needs the package pyarrow: pip install pyarrow. CSV holds the same.") from error


def to_markdown(rows: Sequence[EvaluationRow]) -> str:
    """Return a Markdown table per feature space, value ± spread and n in every cell, the best in bold, under a line with
    the settings; notes below.

    Raises TdotError for no rows.
    """
    return "\n".join(_markdown_table(space) for space in by_space(rows) or [[]])


def _markdown_table(rows: Sequence[EvaluationRow]) -> str:
    table = lay_out(rows)
    aligned = [":--" if i == 0 else "--:" for i in range(len(table.header))]
    cells = [
        [f"**{_markdown(cell)}**" if (i, j) in table.best else _markdown(cell) for j, cell in enumerate(line)]
        for i, line in enumerate(table.cells)
    ]
    lines = ["| " + " | ".join(line) + " |" for line in ([*map(_markdown, table.header)], aligned, *cells)]
    parts = [_markdown(table.caption), "\n".join(lines), "\n".join(f"- {_markdown(note)}" for note in table.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_latex(rows: Sequence[EvaluationRow]) -> str:
    r"""Return a LaTeX table (booktabs) per feature space, the best in bold, settings and notes as its caption, all escaped.

    Raises TdotError for no rows.
    """
    return "% needs \\usepackage{booktabs}\n" + "\n".join(_latex_table(space) for space in by_space(rows) or [[]])


def _latex_table(rows: Sequence[EvaluationRow]) -> str:
    table = lay_out(rows)
    cells = [
        [rf"\textbf{{{_latex(cell)}}}" if (i, j) in table.best else _latex(cell) for j, cell in enumerate(line)]
        for i, line in enumerate(table.cells)
    ]
    lines = [" & ".join(line) + r" \\" for line in ([*map(_latex, table.header)], *cells)]
    caption = " ".join(_latex(text) for text in (table.caption, *table.notes))
    head, body = lines[0], "\n".join(lines[1:])
    columns = "l" + "r" * (len(table.header) - 1)
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{caption}}}",
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            head,
            r"\midrule",
            body,
            r"\bottomrule",
            r"\end{tabular}",
            r"\end{table}",
            "",
        ]
    )


def to_bibtex(rows: Sequence[EvaluationRow]) -> str:
    """Return the BibTeX entries of the metrics in the rows and of the networks that made the features."""
    if not rows:
        raise TdotError("There are no rows to cite yet. Evaluate a prior first.")
    known = registered.all()
    keys = [known[key].reference for key in dict.fromkeys(k for row in rows for k in row.metrics) if key in known]
    cards = extractors.all()
    keys += [cards[key].reference for key in dict.fromkeys(row.extractor for row in rows) if key in cards]
    return bibtex([key for key in dict.fromkeys(keys) if key])


EXPORTS: dict[str, Callable[[Sequence[EvaluationRow]], str | bytes]] = {
    "csv": to_csv,
    "parquet": to_parquet,
    "markdown": to_markdown,
    "latex": to_latex,
    "bibtex": to_bibtex,
}
"""The formats by name."""

ENDINGS = {".csv": "csv", ".parquet": "parquet", ".md": "markdown", ".tex": "latex", ".bib": "bibtex"}


def export_bytes(rows: Sequence[EvaluationRow], format: str) -> bytes:
    """Return rows in one of EXPORTS as a file's content; raises TdotError for another one, or no rows."""
    if format not in EXPORTS:
        raise unknown_name("table format", format, EXPORTS)
    content = EXPORTS[format](rows)
    return content if isinstance(content, bytes) else content.encode()


def export_rows(rows: Sequence[EvaluationRow], format: str) -> str:
    """Return rows as text; raises TdotError for an unknown format, one that is no text, or no rows."""
    if format == "parquet":
        raise TdotError("Parquet is no text; write it to a file: --out FILE.parquet.")
    return export_bytes(rows, format).decode()


def format_of(path: Path) -> str:
    """Return the format that a file's ending names; raises TdotError for another ending or a missing folder."""
    if path.suffix.lower() not in ENDINGS:
        raise TdotError(f"--out must end in one of {', '.join(ENDINGS)}, found {path.name[:80]!r}.")
    if not path.expanduser().resolve().parent.is_dir():
        raise TdotError(f"The folder of --out does not exist: {str(path.parent)[:200]}. Create it first.")
    return ENDINGS[path.suffix.lower()]


def _markdown(text: str) -> str:
    for character in "\\`*_[]<>|":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


_LATEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "±": r"$\pm$",
    "[": "{[}", "]": "{]}", "*": "{*}",  # after \\ these would be its arguments
}  # fmt: skip


def _latex(text: str) -> str:
    escaped = "".join(_LATEX.get(character, character) for character in text)
    return re.sub(r"(?<!\S)-(?=\d)", "$-$", " ".join(escaped.split()))
