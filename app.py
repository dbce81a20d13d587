"""The dashboard: `streamlit run app.py`."""

from __future__ import annotations

import streamlit as st

from ui.server.navigation import ICON, LOGO, pages

# The icon before the navigation: a page's own would be fetched from a foreign host. The title after it, once known.
st.set_page_config(page_title="TDOT", page_icon=ICON, layout="wide", initial_sidebar_state="auto")
st.logo(LOGO, size="medium")
page = st.navigation(pages())
st.set_page_config(page_title=f"{page.title} - TDOT")
page.run()
