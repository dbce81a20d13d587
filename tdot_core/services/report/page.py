"""A report as one HTML page that asks no host for anything."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.report.charts import chart_html, plotly_script, result_chart, space_charts
from tdot_core.services.report.provenance import citations, facts
from tdot_core.services.report.sheets import Sheet, sheet_html
from tdot_core.services.report.style import STYLE
from tdot_core.services.report.tables import RANKED, table_html
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.commands import commands_of
from tdot_core.services.results.export import export_bytes
from tdot_core.services.results.headline import QUALITY, findings, sentence
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.files import write_text

Section = tuple[str, str, str]
"""A heading, the name of its anchor, and the HTML below it."""
MOST_ROWS = 2000


def report_page(rows: Sequence[TableRow], title: str = "TDOT report", sheets: Iterable[Sheet] = ()) -> str:
    """Return the page: the result, every feature space with figures and table, pictures, commands, provenance, BibTeX.

    Raises TdotError for no rows.
    """
    plain = [item.row for item in rows]
    if not plain:
        raise TdotError("There are no rows to report. Choose others, or evaluate a prior first.")
    sections = [*_spaces(rows), *_pictures(sheets), _commands(plain), _provenance(plain), _citations(plain)]
    links = "".join(f'<a href="#{anchor}">{escape(name)}</a>' for name, anchor, _ in sections)
    body = "".join(f'<section><h2 id="{anchor}">{escape(name)}</h2>{html}</section>' for name, anchor, html in sections)
    made = f"{len(plain):,} rows, made {datetime.now(UTC):%Y-%m-%d %H:%M} UTC by TDOT (truncated diffusion with optimal transport)."
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{plotly_script()}</head><body><main><h1>{escape(title)}</h1>"
        f'<p class="quiet">{escape(made)}</p>{_result(plain)}<nav aria-label="Sections">{links}</nav>{body}</main></body></html>\n'
    )


def write_report(out: Path, html: str) -> Path:
    """Write a page to a file that ends in .html, or as report.html into a folder, and return where it lies.

    Raises TdotError where the folder is missing or refuses.
    """
    out = out.expanduser()
    path = out if out.suffix.lower() in (".html", ".htm") else out / "report.html"
    if not path.parent.is_dir():
        raise TdotError(f"The folder of --out does not exist: {str(path.parent)[:200]}. Create it first.")
    try:
        write_text(path, html)
    except OSError as error:
        raise TdotError(f"{path.name} cannot be written: {error.strerror or error}. Choose another --out.") from error
    return path


def _result(rows: Sequence[EvaluationRow]) -> str:
    found = findings(rows)
    return f'<p class="lead">{escape(sentence(found))}</p>{chart_html(result_chart(found))}' if found else ""


def _spaces(rows: Sequence[TableRow]) -> list[Section]:
    spaces: dict[str, list[TableRow]] = {}
    for item in rows:
        spaces.setdefault(f"{item.row.dataset}, {item.row.extractor} {item.row.layer}", []).append(item)
    return [(name, f"space-{k}", _space(members)) for k, (name, members) in enumerate(spaces.items(), 1)]


def _space(rows: Sequence[TableRow]) -> str:
    """Return one space: figures of the rows on as many images as most have, and the table of all."""
    metric = (
        QUALITY
        if any(QUALITY in item.row.metrics for item in rows)
        else next((key for item in rows for key in item.row.metrics), "")
    )
    if not metric:
        return "<p>Nothing was measured here.</p>"
    sizes = [(item.row.sets, item.row.n) for item in rows]
    most = max(dict.fromkeys(sizes), key=lambda size: (sizes.count(size), size[0] * size[1]))
    alike = [item for item, size in zip(rows, sizes, strict=True) if size == most]
    left = len(rows) - len(alike)
    note = f"Figures show the rows on {most[0]} x {most[1]:,} images" + (
        f"; {left} on other numbers are in the table only." if left else "."
    )
    charts = "".join(chart_html(chart) for chart in space_charts(alike, metric))
    return f'<p class="quiet">{escape(note)}</p>{charts}{table_html([item.row for item in rows], metric)}<p class="quiet">{escape(RANKED)}</p>'


def _pictures(sheets: Iterable[Sheet]) -> list[Section]:
    html = "".join(sheet_html(sheet) for sheet in sheets)
    lead = '<p class="quiet">The same seeds for every prior, each at its best setting; drawn for this page in fp32.</p>'
    return [("Pictures", "pictures", f'{lead}<div class="sheets">{html}</div>')] if html else []


def _commands(rows: Sequence[EvaluationRow]) -> Section:
    lines = "\n".join(commands_of(rows)) or "# none: these images were made elsewhere"
    return "Measure this again", "commands", f"<pre>{escape(lines)}</pre>"


def _numbers(rows: Sequence[EvaluationRow]) -> str:
    """Return a link that holds all numbers as CSV; of more rows than a page should carry, nothing."""
    if len(rows) > MOST_ROWS:
        return ""
    data = base64.b64encode(export_bytes(rows, "csv")).decode()
    return f'<p><a download="tdot-rows.csv" href="data:text/csv;base64,{data}">All numbers as CSV</a></p>'


def _provenance(rows: Sequence[EvaluationRow]) -> Section:
    lines = "".join(
        f'<tr><td>{escape(name)}</td><td class="left" style="white-space:normal">{escape(text)}</td></tr>'
        for name, text in facts(rows).items()
    )
    return "Provenance", "provenance", f"<table><tbody>{lines}</tbody></table>{_numbers(rows)}"


def _citations(rows: Sequence[EvaluationRow]) -> Section:
    return "BibTeX", "bibtex", f"<pre>{escape(citations(rows))}</pre>"
