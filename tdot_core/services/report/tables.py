"""The rows of a report as HTML tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

from tdot_core.metrics import metrics as registered
from tdot_core.services.catalogue.styles import prior_style
from tdot_core.services.figures.labels import glyph
from tdot_core.services.results.contest import is_contestant
from tdot_core.services.results.digits import number_text, pair_text, places_of, places_of_column
from tdot_core.services.results.ranks import RankRange, rank_ranges
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import best_rows, metric_columns

RANKED = (
    "Rank: a range where 95 % intervals do not tell rows apart, pair by pair, paired where both come from the same seeds. Without a rank: the oracle, "
    "real images, rows of a single set, whose error is unknown, and rows on other numbers of images than most. ± is the standard error over independent sets. Lines on grey: the whole chain "
    "from noise, which is to beat, and what is no contestant."
)

SHOWN = ("recall_dist", "precision", "recall", "coverage")
"""Metrics with a column beside the one that ranks; the CSV has all."""


def table_html(rows: Sequence[EvaluationRow], metric: str) -> str:
    """Return the rows of one feature space as a table, best first by a metric, what is no contestant last and on grey."""
    ordered = _ordered(rows, metric)
    ranks = rank_ranges(ordered, metric)
    columns = [(key, title) for key, title in metric_columns(ordered) if key in (metric, *SHOWN)]
    places = {key: places_of_column(row.metrics.get(key) for row in ordered) for key, _ in columns}
    grids = len({row.grid for row in ordered}) > 1
    seconds = places_of([row.seconds for row in ordered], digits=3)
    usual = (
        Counter(row.n for row in ordered if is_contestant(row)).most_common(1)[0][0]
        if any(map(is_contestant, ordered))
        else 0
    )
    # Marked among what competes on as many images as most do: other numbers of images, and the oracle, are no match.
    rivals = [k for k, row in enumerate(ordered) if is_contestant(row) and row.n == usual]
    best = {key: {rivals[k] for k in best_rows([ordered[k] for k in rivals], key, title)} for key, title in columns}
    divided = any(row.division for row in ordered)
    head = [
        "prior",
        *(["division"] if divided else []),
        *(["rank"] if any(ranks) else []),
        "t*",
        "sampler",
        *(["grid"] if grids else []),
        "calls",
        "s/image",
        "images",
        *(title for _, title in columns),
    ]
    body = []
    for k, (row, rank) in enumerate(zip(ordered, ranks, strict=True)):
        cells = [
            _prior(row),
            *([f"<td>{escape(row.division)}</td>"] if divided else []),
            *_rank(rank, any(ranks)),
            *_settings(row, seconds, grid=grids),
        ]
        cells += [_value(row, key, places[key], best=k in best[key]) for key, _ in columns]
        body.append(f"<tr{'' if is_contestant(row) else ' class=apart'}>{''.join(cells)}</tr>")
    heads = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f'<div class="wide" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{"".join(body)}</tbody></table></div>'


def _ordered(rows: Sequence[EvaluationRow], metric: str) -> list[EvaluationRow]:
    badness = registered.all()[metric].badness

    def place(row: EvaluationRow) -> tuple[bool, bool, float]:
        value = row.metrics[metric].value if metric in row.metrics else None
        return (not is_contestant(row), value is None, 0.0 if value is None else badness(value))

    return sorted(rows, key=place)


def _prior(row: EvaluationRow) -> str:
    style = prior_style(row.key, row.run)
    return f"<td>{glyph(style.marker, style.color)} {escape(row.label)}</td>"


def _rank(rank: RankRange | None, shown: bool) -> list[str]:
    return [f"<td>{rank or ''}</td>"] if shown else []


def _settings(row: EvaluationRow, places: int, *, grid: bool) -> list[str]:
    texts = [
        str(row.t_star or ""),
        row.sampler,
        *([row.grid if row.t_star is not None else ""] if grid else []),
        f"{row.nfe} + {row.nfe_prior}" if row.nfe is not None else "",
        number_text(row.seconds, places) if row.seconds is not None else "",
        f"{row.sets} x {row.n:,}",
    ]
    return [f"<td>{escape(text)}</td>" for text in texts]


def _value(row: EvaluationRow, key: str, places: int, *, best: bool) -> str:
    value = row.metrics.get(key)
    text = "" if value is None else pair_text(value.value, value.spread, places)
    if row.no_judge and text:
        return f'<td class="quiet" title="{escape(row.no_judge)}">[{escape(text)}]</td>'
    return f"<td{' class=best' if best else ''}>{escape(text)}</td>"
