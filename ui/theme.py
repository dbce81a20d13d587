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
[class*="st-key-empty-"] { padding: 2rem 1rem; }
</style>
"""


def use_theme() -> None:
    """Add the style to the page. Every rule works with the light and the dark theme: none names a colour."""
    st.html(STYLE)
