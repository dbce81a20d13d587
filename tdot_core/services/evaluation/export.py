"""Rows of evaluations as CSV, Markdown or LaTeX: pure functions from rows to text."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Sequence

from tdot_core.errors import TdotError, unknown_name
from tdot_core.services.evaluation.rows import EvaluationRow
from tdot_core.services.evaluation.table import lay_out, metric_columns

VALUE_FIELDS = ("value", "spread", "n", "n_real", "sets", "note")


def to_csv(rows: Sequence[EvaluationRow]) -> str:
    """Return CSV with a header: every field of a row, and per metric its value, spread, n, n_real, sets and note.

    Numbers keep all their digits; what is not measured or does not apply is an empty cell. Raises TdotError for no rows.
    """
    if not rows:
        raise TdotError("There are no rows to write yet. Evaluate a prior first.")
    fields = [f.name for f in dataclasses.fields(EvaluationRow) if f.name != "metrics"]
    metrics = metric_columns(rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    titles = [title if part == "value" else f"{title} {part}" for _, title in metrics for part in VALUE_FIELDS]
    writer.writerow([*fields, *titles])
    for row in rows:
        values = [getattr(row, name) for name in fields]
        for key, title in metrics:
            found = row.metrics.get(key) if row.title(key) == title else None
            values += [None if found is None else getattr(found, part) for part in VALUE_FIELDS]
        writer.writerow(values)
    return text.getvalue()


def to_markdown(rows: Sequence[EvaluationRow]) -> str:
    """Return a Markdown table, value ± spread and n in every cell, under a line with the settings; notes below.

    Raises TdotError for no rows.
    """
    table = lay_out(rows)
    aligned = [":--" if i == 0 else "--:" for i in range(len(table.header))]
    lines = ["| " + " | ".join(map(_markdown, line)) + " |" for line in (table.header, *table.cells)]
    lines.insert(1, "| " + " | ".join(aligned) + " |")
    parts = [_markdown(table.caption), "\n".join(lines), "\n".join(f"- {_markdown(note)}" for note in table.notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def to_latex(rows: Sequence[EvaluationRow]) -> str:
    r"""Return a LaTeX table (booktabs) with the settings and notes as its caption, every text escaped.

    Raises TdotError for no rows.
    """
    table = lay_out(rows)
    lines = [" & ".join(map(_latex, line)) + r" \\" for line in (table.header, *table.cells)]
    caption = " ".join(_latex(text) for text in (table.caption, *table.notes))
    head, body = lines[0], "\n".join(lines[1:])
    columns = "l" + "r" * (len(table.header) - 1)
    return "\n".join([
        "% needs \\usepackage{booktabs}", r"\begin{table}", r"\centering", rf"\caption{{{caption}}}",
        rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", body, r"\bottomrule", r"\end{tabular}", r"\end{table}", "",
    ])  # fmt: skip


EXPORTS: dict[str, Callable[[Sequence[EvaluationRow]], str]] = {
    "csv": to_csv,
    "markdown": to_markdown,
    "latex": to_latex,
}
"""The formats by name."""


def export_rows(rows: Sequence[EvaluationRow], format: str) -> str:
    """Return rows in the format "csv", "markdown" or "latex"; raises TdotError for another one, or no rows."""
    if format not in EXPORTS:
        raise unknown_name("table format", format, EXPORTS)
    return EXPORTS[format](rows)


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
