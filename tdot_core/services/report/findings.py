"""The tables and figures that answer a sweep's question, as Markdown and SVG files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from tdot_core.errors import TdotError
from tdot_core.services.report.line_chart import line_chart
from tdot_core.services.report.pivot import Pivot, PivotEntry, grids_of
from tdot_core.services.results.contest import NOISE
from tdot_core.services.results.digits import number_text, pair_text, places_of
from tdot_core.services.results.error_split import ORACLE
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.files import write_text

Block = tuple[str, Sequence[EvaluationRow]]
"""A name, and its rows."""
GAUSSIAN = "gaussian"
HOW = (
    "Values are means, ± the standard error over image sets; where several trainings stand behind one, ± after *retraining* is their "
    "standard deviation. **Bold**: the best of a column among what competes. [In brackets]: judged by the network that the prior was "
    "trained through, which counts for nothing."
)


def write_findings(name: str, blocks: Sequence[Block], out: Path) -> list[Path]:
    """Write NAME.md and one SVG per figure into a folder, made if need be, and return the paths; raises TdotError for no rows."""
    blocks = [(title, rows) for title, rows in blocks if rows]
    if not blocks:
        raise TdotError("There are no finished rows to write about yet. Run the sweep first: tdot sweep run FILE.")
    parts, written = [f"# {name}", HOW], []
    try:
        out.mkdir(parents=True, exist_ok=True)
        for title, rows in blocks:
            parts += [f"## {title}", settings_line(rows)]
            for grid in grids_of(rows):
                path = out / f"{_slug(name)}-{_slug(title)}-{_slug(grid.title)}.svg"
                parts += list(grid_parts(grid))
                if len(grid.columns) > 1:
                    write_text(path, _figure(grid))
                    written.append(path)
                    parts.append(f"![{grid.title} against {grid.across}]({path.name})")
        page = out / f"{_slug(name)}.md"
        write_text(page, "\n\n".join(part for part in parts if part) + "\n")
    except OSError as error:
        raise TdotError(f"{out.name} cannot be written: {error.strerror or error}. Choose another --out.") from error
    return [page, *written]


def grid_parts(grid: Pivot) -> Iterator[str]:
    """Give one metric of a block: its heading, table, who leads by how much, and what of the way from baselines to the oracle is gone."""
    yield f"### {grid.title} ({grid.better})"
    yield table(grid)
    yield "\n".join(f"- {line}" for line in [*leads(grid), *closed(grid), *beaten(grid)])


def settings_line(rows: Sequence[EvaluationRow]) -> str:
    """Return what all rows of a block share."""
    facts = {
        "data set": {row.dataset for row in rows},
        "denoiser": {row.net for row in rows if row.net},
        "sampler": {row.sampler for row in rows if row.sampler},
        "time grid": {row.grid for row in rows if row.t_star},
        "image sets": {f"{row.sets} x {row.n:,}" for row in rows},
        "first seed": {str(row.seed) for row in rows},
        "real images": {f"{row.n_real:,}" for row in rows},
    }
    return "; ".join(f"{name} {next(iter(found))}" for name, found in facts.items() if len(found) == 1) + "."


def table(grid: Pivot) -> str:
    """Return a grid as a Markdown table with each name's division."""
    best = {column: ordered[0][0] for column in grid.columns if len(ordered := grid.ordered(column)) > 1}
    places = places_of(
        [e.value for line in grid.lines.values() for e in line.values()],
        [e.spread for line in grid.lines.values() for e in line.values()],
    )
    head = ["prior", "division", *(f"{grid.across} = {column}" for column in grid.columns)]
    lines = ["| " + " | ".join(head) + " |", "| :-- | :-- |" + " --: |" * len(grid.columns)]
    for name, line in grid.lines.items():
        cells = [_cell(line.get(column), places, bold=best.get(column) == name) for column in grid.columns]
        lines.append("| " + " | ".join([_plain(name), grid.divisions[name] or "-", *cells]) + " |")
    return "\n".join(lines)


def _cell(entry: PivotEntry | None, places: int, *, bold: bool) -> str:
    if entry is None:
        return "-"
    text = pair_text(entry.value, entry.spread, places)
    if entry.retraining is not None:
        text += f", retraining ± {number_text(entry.retraining, places)} ({entry.trainings})"
    return f"**{text}**" if bold else f"[{text}]" if entry.spoilt else text


def leads(grid: Pivot) -> Iterator[str]:
    """Give, column by column, who is best of what competes, and whether the next is outside both spreads."""
    for column in grid.columns:
        ordered = grid.ordered(column)
        if len(ordered) > 1:
            (first, one), (second, two) = ordered[:2]
            yield (
                f"{grid.across} = {column}: {_plain(first)} leads with {one.value:.3g} against {two.value:.3g} of {_plain(second)}, "
                f"{_apart(one, two)}."
            )


def _apart(one: PivotEntry, two: PivotEntry) -> str:
    errors = [e.retraining if e.retraining is not None else e.spread for e in (one, two)]
    if any(error is None for error in errors):
        return "with no spread known for one of them"
    reach = 2 * sum(float(error or 0.0) ** 2 for error in errors) ** 0.5
    return (
        "outside twice their joint spread" if abs(one.value - two.value) > reach else "within twice their joint spread"
    )


def beaten(grid: Pivot) -> Iterator[str]:
    """Give, column by column, whether the best learned start is ahead of the best baseline: a chain from noise, or the Gaussian."""
    for column in grid.columns:
        here = [(name, line[column]) for name, line in grid.lines.items() if column in line]
        bases = [pair for pair in here if pair[1].whole or pair[1].kind == GAUSSIAN]
        learned = [pair for pair in here if pair[1].counts and pair[1].kind not in (GAUSSIAN, NOISE)]
        if not learned or not any(entry.whole for _, entry in bases):
            continue
        (base, one), (name, two) = (
            min(found, key=lambda pair: grid.badness(pair[1].value)) for found in (bases, learned)
        )
        verdict = "beats" if grid.badness(two.value) < grid.badness(one.value) else "does not beat"
        yield (
            f"{grid.across} = {column}: {_plain(name)} ({two.value:.3g}) {verdict} the best baseline, {_plain(base)} ({one.value:.3g}), "
            f"{_apart(one, two)}."
        )


def closed(grid: Pivot) -> Iterator[str]:
    """Give, column by column, the share of the gap between the closed-form Gaussian and the oracle that the best prior closes."""
    for column in grid.columns:
        here = {line[column].kind: line[column] for line in grid.lines.values() if column in line}
        learned = [pair for pair in grid.ordered(column) if pair[1].kind not in (GAUSSIAN, NOISE)]
        ends = here.get(GAUSSIAN), here.get(ORACLE)
        if ends[0] is None or ends[1] is None or not learned or ends[0].value == ends[1].value:
            continue
        name, entry = learned[0]
        share = (ends[0].value - entry.value) / (ends[0].value - ends[1].value)
        yield f"{grid.across} = {column}: {_plain(name)} closes {share:.0%} of the gap between Gaussian and oracle."


def _figure(grid: Pivot) -> str:
    lines = {name: {column: e.value for column, e in line.items()} for name, line in grid.lines.items()}
    quiet = [name for name, line in grid.lines.items() if not any(e.counts for e in line.values())]
    return line_chart(f"{grid.title} ({grid.better})", grid.across, grid.columns, lines, quiet)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _plain(text: str) -> str:
    return text.replace("|", r"\|").replace("*", r"\*")
