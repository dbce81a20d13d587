"""What a server does once, before its first screen."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.jobs.reconcile import reconcile
from tdot_core.services.storage.paths import cache_root
from ui.server.calm import calm_server, settle_modules


def at_start() -> None:
    """Reconcile the runs on disk with the processes that are there, once per server and cache; keep its heap calm."""
    _once(str(cache_root()))
    settle_modules()


@st.cache_resource(show_spinner=False)
def _once(root: str) -> bool:
    calm_server()
    reconcile()
    return True
