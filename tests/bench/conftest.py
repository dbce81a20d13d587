"""Fixtures of the timings' tests."""

from __future__ import annotations

import pytest

from small_apps import elsewhere
from tdot_core.bench.browser import open_page
from tdot_core.errors import TdotError


def _open_and_close() -> None:
    with open_page():
        pass


@pytest.fixture(scope="module")
def browser() -> None:
    try:
        elsewhere(_open_and_close)
    except TdotError as error:
        pytest.skip(f"needs a browser: {error}")
