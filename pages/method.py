# title: Method
# icon: :material/menu_book:
# order: 8
# help: Equations, definitions and sources
"""Equations, priors, metrics, words and sources."""

from __future__ import annotations

import streamlit as st

from ui.address import BIND, explain
from ui.method.parts import show_chain, show_metrics, show_priors, show_sources, show_symbols
from ui.method.reading import show_reading
from ui.page import header

PARTS = {
    "Chain": show_chain,
    "Priors": show_priors,
    "Metrics": show_metrics,
    "Reading the numbers": show_reading,
    "Words": show_symbols,
    "Sources": show_sources,
}

header("Method", "What is computed, where it comes from, and what every word on these screens means.")
explain("part", known=PARTS)
for tab, show in zip(st.tabs(list(PARTS), key="part", **BIND), PARTS.values(), strict=True):
    with tab:
        show()
