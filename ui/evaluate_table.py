"""The results of an evaluation as a table that says what every number means, marks the best, and never shows 0 for unknown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from tdot_core.metrics import metrics
from tdot_core.metrics.value import MetricValue
from tdot_core.services.evaluation import EvaluationRow
from tdot_core.services.evaluation.table import NOT_MEASURED, Table, lay_out, metric_columns
from ui.palette import prior_style

ARROWS = {"lower": "↓", "higher": "↑", "zero": "→0"}
STYLE = """
<style>
.tdot-table { overflow-x: auto; }
.tdot-table table { border-collapse: collapse; width: 100%; font-size: .85rem; font-variant-numeric: tabular-nums; }
.tdot-table th, .tdot-table td {
  padding: .35rem .5rem; border-bottom: 1px solid rgba(128, 128, 128, .25); text-align: right; vertical-align: top; line-height: 1.3;
}
.tdot-table th { font-weight: 600; vertical-align: bottom; }
.tdot-table th:first-child, .tdot-table td:first-child { text-align: left; min-width: 6.5rem; }
.tdot-table td:not(:first-child), .tdot-table .whole { white-space: nowrap; }
.tdot-table td.best { font-weight: 700; background: rgba(42, 163, 95, .18); }
.tdot-table td.absent { opacity: .7; }
.tdot-table .spread { display: block; font-size: .76rem; font-weight: 400; opacity: .75; white-space: nowrap; }
.tdot-table abbr { cursor: help; text-decoration: underline dotted; }
.tdot-table .swatch { display: inline-block; width: .65rem; height: .65rem; border-radius: 50%; margin-right: .45rem; }
</style>
"""


def best_rows(rows: Sequence[EvaluationRow], key: str, title: str) -> set[int]:
    """Return the positions of the best generated rows for one metric; none when fewer than two of them are measured.

    Real test images are the mark to reach and take no part.
    """
    cls = metrics.all().get(key)
    found = {
        i: float(row.metrics[key].value)  # type: ignore[arg-type]
        for i, row in enumerate(rows)
        if row.t_star is not None
        and key in row.metrics
        and row.title(key) == title
        and row.metrics[key].value is not None
    }
    if cls is None or len(found) < 2:
        return set()
    top = min(map(cls.badness, found.values()))
    return {i for i, value in found.items() if cls.badness(value) == top}


def ordered(rows: Sequence[EvaluationRow], key: str | None) -> list[EvaluationRow]:
    """Return the rows best first by a metric, what is not measured last; as they are without one."""
    if key is None:
        return list(rows)
    badness = metrics.all()[key].badness

    def place(row: EvaluationRow) -> tuple[bool, float]:
        value = row.metrics[key].value if key in row.metrics else None
        return (value is None, 0.0 if value is None else badness(value))

    return sorted(rows, key=place)


def results_html(rows: Sequence[EvaluationRow]) -> str:
    """Return the table as HTML: arrows for the better direction, the best marked, reasons and meanings on hover.

    What all generated rows share is left to `caption`.
    """
    table, columns = lay_out(rows, n=False), metric_columns(rows)
    named = [k for k in range(table.n_named) if k == 0 or k not in _shared(rows, table)]
    best = {title: best_rows(rows, key, title) for key, title in columns}
    head = "".join(f"<th>{escape(table.header[k])}</th>" for k in named)
    head += "".join(_metric_head(key, title) for key, title in columns)
    body = ""
    for i, row in enumerate(rows):
        values = "".join(
            _cell(row, row.metrics.get(key), text, best=i in best[title])
            for (key, title), text in zip(columns, table.cells[i][table.n_named :], strict=True)
        )
        body += f"<tr>{_naming(row, [table.cells[i][k] for k in named])}{values}</tr>"
    return f'{STYLE}<div class="tdot-table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _shared(rows: Sequence[EvaluationRow], table: Table) -> dict[int, str]:
    """Return the naming columns in which all generated rows say the same, with what they say; the time is never one."""
    drawn = [cells for row, cells in zip(rows, table.cells, strict=True) if row.t_star is not None]
    return {
        k: drawn[0][k]
        for k in range(1, table.n_named)
        if table.header[k] != "s/image" and drawn and len({cells[k] for cells in drawn}) == 1
    }


def _metric_head(key: str, title: str) -> str:
    cls, shown = metrics.all().get(key), escape(title).replace("Dist", "<wbr>Dist")
    if cls is None:
        return f"<th>{shown}</th>"
    about = f"{cls.summary} {cls.better().capitalize()}."
    whole = "" if "<wbr>" in shown else ' class="whole"'
    return f'<th{whole}><abbr title="{escape(about)}">{shown}</abbr>&nbsp;{ARROWS[cls.direction]}</th>'


def _naming(row: EvaluationRow, texts: Sequence[str]) -> str:
    swatch = f'<span class="swatch" style="background:{prior_style(row.key).color}"></span>'
    return f"<td>{swatch}{escape(texts[0])}</td>" + "".join(f"<td>{escape(text)}</td>" for text in texts[1:])


def _cell(row: EvaluationRow, value: MetricValue | None, text: str, *, best: bool) -> str:
    about = "" if value is None else value.note
    if text == NOT_MEASURED:
        return f'<td class="absent"><abbr title="{escape(about or row.note)}">{NOT_MEASURED}</abbr></td>'
    mean, _, spread = text.partition(" ± ")
    shown = escape(mean) + (f' <span class="spread">± {escape(spread)}</span>' if spread else "")
    if best:
        return f'<td class="best" title="{escape("Best of this column. " + about)}">{shown}</td>'
    return f'<td title="{escape(about)}">{shown}</td>'


def caption(rows: Sequence[EvaluationRow]) -> str:
    """Return what all rows share and how to read the table, as plain text."""
    table = lay_out(rows, n=False)
    shared = "".join(f"{table.header[k]} {text}, " for k, text in _shared(rows, table).items())
    return f"{shared}{table.caption} Highlighted: best of a column, real images left out."
