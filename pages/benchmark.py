# title: Benchmark
# icon: :material/leaderboard:
# order: 7
# help: Quality against cost, and where the error comes from
"""Quality against NFE and seconds, and the prior's error beside the denoiser's."""

from __future__ import annotations

from ui.benchmark import choose_rows, load_rows, show_cost, show_shares, show_steps, show_table
from ui.page import empty_state, header
from ui.studies import show_denoiser_loss, show_halves, show_native, show_spread

header(
    "Benchmark",
    "Every evaluated combination of prior, start and sampler: the rows that ship with TDOT and your own evaluations.",
)
rows = load_rows()
if not rows:
    empty_state(
        "No results yet. An evaluation measures a few priors in minutes, and its rows appear here.",
        "Evaluate priors", page="pages/evaluate.py", key="to-evaluate",
    )  # fmt: skip
else:
    choice = choose_rows(rows)
    if choice.rows:
        show_cost(choice)
        show_steps(choice)
        show_shares(choice)
    show_table(choice)
    show_spread()
    show_native()
    show_halves()
    show_denoiser_loss()
