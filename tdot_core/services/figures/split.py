"""What is observed as the denoiser's floor and the prior's error above it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import plotly.graph_objects as go

from tdot_core.services.catalogue.styles import prior_style
from tdot_core.services.figures.base import QUIET, calm
from tdot_core.services.results.error_split import Split
from tdot_core.services.results.rows import EvaluationRow


def split_figure(splits: Sequence[Split]) -> go.Figure:
    """Return bars: the denoiser's floor in grey, the prior's gap above it in the prior's colour, with its interval."""
    names = bar_names(splits)
    floors = [float(split.floor.value) for split in splits]  # type: ignore[union-attr,arg-type]
    gaps = [float(split.gap.difference or 0.0) for split in splits]  # type: ignore[union-attr]
    reach = [
        0.0 if split.gap is None or split.gap.high is None else split.gap.high - float(split.gap.difference or 0.0)
        for split in splits
    ]
    figure = go.Figure(
        [
            go.Bar(y=names, x=floors, orientation="h", name="denoiser's floor (oracle)", marker_color=QUIET),
            go.Bar(
                y=names,
                x=gaps,
                orientation="h",
                name="prior's error (gap), in the prior's colour",
                marker_color=[prior_style(s.row.key).color for s in splits],
                error_x={"type": "data", "array": reach, "visible": any(reach), "thickness": 1.3, "color": QUIET},
            ),
        ]
    )
    figure.update_layout(barmode="relative")
    figure.update_xaxes(title=splits[0].row.title(splits[0].metric))
    figure.update_yaxes(autorange="reversed", ticksuffix="  ")
    return calm(figure, 110 + 34 * len(splits))


def bar_names(splits: Sequence[Split]) -> list[str]:
    """Return a name per split that says what tells it from the others: equal names would be one bar."""
    facts: dict[str, Callable[[EvaluationRow], str]] = {
        "t* = {}": lambda row: str(row.t_star),
        "{}": lambda row: row.sampler,
        "{} steps": lambda row: str(row.n_steps),
        "N = {}": lambda row: f"{row.sets} x {row.n:,}",
        "seed {}": lambda row: str(row.seed),
        "net {}": lambda row: row.net,
    }
    telling = {words: show for words, show in facts.items() if len({show(split.row) for split in splits}) > 1}
    names: dict[str, int] = {}
    found = []
    for split in splits:
        name = ", ".join([split.row.label, *(words.format(show(split.row)) for words, show in telling.items())])
        names[name] = names.get(name, 0) + 1
        found.append(name if names[name] == 1 else f"{name} ({names[name]})")
    return found
