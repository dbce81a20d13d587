# title: Benchmark
# icon: :material/leaderboard:
# order: 7
# help: Quality against cost, and where the error comes from
"""Quality against cost, prior by t*, floor and gap, the table, studies and sweeps."""

from __future__ import annotations

from ui.benchmark.screen import show_benchmark
from ui.page import header

header(
    "Benchmark",
    "Every evaluated combination of prior, start and sampler: the rows that ship with TDOT and your own evaluations.",
)
show_benchmark()
