"""A small app to measure, and a way to drive a browser that no other test's browser is in the way of."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

TWO_SCREENS = """
import streamlit as st

def first():
    st.title("One")

def second():
    st.title("Two")

st.navigation([st.Page(first, default=True), st.Page(second)]).run()
"""


def elsewhere(work: Callable[[], T]) -> T:
    """Do the work in a thread of its own: Playwright runs once per thread, and the browser tests may hold this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
