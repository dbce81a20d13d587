"""The results of an evaluation as a table that says what every number means, marks the best, and never shows 0 for unknown."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from statistics import median

from tdot_core.metrics import metrics
from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import NOT_MEASURED, Table, best_rows, lay_out, metric_columns
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
.tdot-table.wide th:first-child, .tdot-table.wide td:first-child { position: sticky; left: 0; background: light-dark(#ffffff, #10151a); z-index: 1; }
.tdot-table td:not(:first-child), .tdot-table .whole { white-space: nowrap; }
.tdot-table td.best { font-weight: 700; background: rgba(42, 163, 95, .18); }
.tdot-table td.absent { opacity: .7; }
.tdot-table td.no-judge { opacity: .45; }
.tdot-table .spread { display: block; font-size: .76rem; font-weight: 400; opacity: .75; white-space: nowrap; }
.tdot-table .spread.words { white-space: normal; max-width: 6rem; margin-left: auto; }
.tdot-table abbr { cursor: help; text-decoration: underline dotted; }
.tdot-table .swatch { display: inline-block; width: .65rem; height: .65rem; border-radius: 50%; margin-right: .45rem; }
</style>
"""


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
    head += "".join(_metric_head(key, title, rows) for key, title in columns)
    body = ""
    for i, row in enumerate(rows):
        values = "".join(
            _cell(row, row.metrics.get(key), text, best=i in best[title])
            for (key, title), text in zip(columns, table.cells[i][table.n_named :], strict=True)
        )
        body += f"<tr>{_naming(row, [table.cells[i][k] for k in named])}{values}</tr>"
    return f'{STYLE}<div class="tdot-table wide" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _shared(rows: Sequence[EvaluationRow], table: Table) -> dict[int, str]:
    """Return the naming columns in which all generated rows say the same, with what they say; the time is never one.

    Nor is the image size, which images made elsewhere have of their own.
    """
    drawn = [cells for row, cells in zip(rows, table.cells, strict=True) if row.t_star is not None]
    return {
        k: drawn[0][k]
        for k in range(1, table.n_named)
        if table.header[k] not in ("s/image", "image size") and drawn and len({cells[k] for cells in drawn}) == 1
    }


def _metric_head(key: str, title: str, rows: Sequence[EvaluationRow]) -> str:
    cls, shown = metrics.all().get(key), escape(title).replace("Dist", "<wbr>Dist")
    if cls is None:
        return f"<th>{shown}</th>"
    whole = "" if "<wbr>" in shown else ' class="whole"'
    about = escape(meaning(key, title, rows))
    return f'<th{whole}><abbr title="{about}" tabindex="0">{shown}</abbr>&nbsp;{ARROWS[cls.direction]}</th>'


def meaning(key: str, title: str, rows: Sequence[EvaluationRow]) -> str:
    """Return what a column says, for a newcomer: its meaning, the good direction, real images' value, and the noise here."""
    cls = metrics.all()[key]
    return " ".join(
        part for part in (cls.summary, f"{cls.better().capitalize()}.", _mark(key, rows), noise(key, rows)) if part
    )


def _mark(key: str, rows: Sequence[EvaluationRow]) -> str:
    floor = next((row.metrics[key].value for row in rows if row.is_floor and key in row.metrics), None)
    return "" if floor is None else f"Real test images score {floor:.3g}."


def noise(key: str, rows: Sequence[EvaluationRow]) -> str:
    """Return how large the noise of a metric is in these rows, as a sentence."""
    values = [
        row.metrics[key]
        for row in rows
        if key in row.metrics and not row.is_floor and row.metrics[key].value is not None
    ]
    spreads = [value.spread for value in values if value.spread is not None]
    if not values:
        return ""
    if not spreads:
        return "Noise: unknown from one image set; take two or more."
    sets, typical = max(value.sets for value in values), median(spreads)
    if typical == 0:
        return f"Noise: none seen over {sets} sets."
    return (
        f"Noise: about ±{typical:.2g} (standard error over {sets} sets of {values[0].n:,} images); whether two rows differ is "
        "told by the comparison below."
    )


def _naming(row: EvaluationRow, texts: Sequence[str]) -> str:
    swatch = f'<span class="swatch" style="background:{prior_style(row.key).color}"></span>'
    return f"<td>{swatch}{escape(texts[0])}</td>" + "".join(f"<td>{escape(text)}</td>" for text in texts[1:])


def _cell(row: EvaluationRow, value: MetricValue | None, text: str, *, best: bool) -> str:
    about = "" if value is None else value.note
    if text == NOT_MEASURED:
        return f'<td class="absent"><abbr title="{escape(about or row.note)}">{NOT_MEASURED}</abbr></td>'
    if row.no_judge:
        return f'<td class="no-judge"><abbr title="{escape(row.no_judge)}" tabindex="0">{escape(text.strip("[]"))}</abbr></td>'
    mean, pm, spread = text.partition(" ± ")
    if not pm:
        mean, _, spread = text.partition(" (")
        spread = spread.removesuffix(")")
    look = "spread" if pm else "spread words"
    shown = escape(mean) + (f' <span class="{look}">{pm.lstrip()}{escape(spread)}</span>' if spread else "")
    if best:
        return f'<td class="best" title="{escape("Best of this column. " + about)}">{shown}</td>'
    return f'<td title="{escape(about)}">{shown}</td>'


def caption(rows: Sequence[EvaluationRow]) -> str:
    """Return what all rows share and how to read the table, as plain text."""
    table = lay_out(rows, n=False)
    shared = "".join(f"{table.header[k]} {text}, " for k, text in _shared(rows, table).items())
    return f"{shared}{table.caption} Highlighted: best of a column, real images left out."
