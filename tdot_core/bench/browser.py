"""Driving the app in a headless browser, where Playwright and a Chromium are there."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tdot_core.errors import TdotError

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
SETTLED = "[data-testid='stApp'][data-test-script-state='notRunning'] h1"
NAV_LINK = "[data-testid='stSidebarNavLink']"
PATIENCE_MS = 60_000


@contextmanager
def open_page() -> Iterator[Any]:
    """Give a blank page of a headless Chromium: Playwright's own, else one on the PATH.

    Raises TdotError saying what is missing.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise TdotError("Playwright is not installed (make test installs it)") from None
    with sync_playwright() as playwright:
        found = [path for name in CHROMIUMS if (path := shutil.which(name))]
        for path in (None, *found):
            try:
                browser = playwright.chromium.launch(executable_path=path)
                break
            except Error:
                continue
        else:
            raise TdotError("Playwright found no Chromium (playwright install chromium)")
        try:
            yield browser.new_page()
        finally:
            browser.close()


def visit(page: Any, url: str) -> None:
    """Open url and wait until Streamlit has run the whole script and a heading is on screen.

    Raises TdotError when that takes over a minute or the screen shows an exception.
    """
    from playwright.sync_api import Error

    try:
        page.goto(url, timeout=PATIENCE_MS)
        page.wait_for_selector(SETTLED, timeout=PATIENCE_MS)
    except Error as error:
        raise TdotError(f"the screen did not come up: {str(error).splitlines()[0][:120]}") from error
    raised = page.locator("[data-testid='stException']")
    if raised.count():
        first = " ".join(raised.first.inner_text().split())
        raise TdotError(
            f"the screen at /{url.partition('://')[2].partition('/')[2]} shows an exception ({first[:160]})"
        )


def screens(page: Any) -> list[str]:
    """Return the addresses of all screens in the navigation."""
    return [str(link.evaluate("link => link.href")) for link in page.locator(NAV_LINK).all()]
