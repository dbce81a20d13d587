"""The few lines of style that Streamlit's theme settings cannot say."""

from __future__ import annotations

import streamlit as st

STYLE = """
<style>
.stMainBlockContainer { max-width: 1180px; }
@media (min-width: 769px) { .stMainBlockContainer { padding-left: 3rem; padding-right: 3rem; } }
.st-key-lead p { font-size: 1.08rem; line-height: 1.55; max-width: 46rem; opacity: .8; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
[data-testid="stImage"] img, [data-testid="stImageContainer"] img { image-rendering: pixelated; }
.st-key-lead-result p { font-size: 1.05rem; line-height: 1.55; font-weight: 500; }
.st-key-lead-result strong { font-weight: 560; }
[class*="st-key-empty-"] { padding: 2rem 1rem; }
[data-testid="stCaptionContainer"] { opacity: 1; color: color-mix(in srgb, currentColor 74%, transparent); }
[data-testid="stSliderThumbValue"] *, button[data-selected="true"] * { color: light-dark(#1f5f8b, #7fbfee); }
.katex-display { overflow: visible !important; }
</style>
"""


def use_theme() -> None:
    """Add the style to the page, for the light and the dark theme: words on it keep 4.5 : 1 against what is behind them."""
    st.html(STYLE)
