"""Driving the app with Playwright: finding a Chromium, visiting screens, and noticing everything that goes wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Playwright, Request

from tdot_core.bench.browser import CHROMIUMS, NAV_LINK, SETTLED
from tests.browser.browser_waits import MOST_SECONDS, expect

EXCEPTION = "[data-testid='stException']"
BUSY = "[data-testid='stApp'][data-test-script-state='running']"
LOCAL = {"127.0.0.1", "localhost"}


class NoChromium(Exception):
    """There is no browser to drive on this machine."""


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium: the system's, else the one that Playwright installed. Raises NoChromium without either."""
    found = [path for name in CHROMIUMS if (path := shutil.which(name))]
    for path in (*found, None):
        try:
            return playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        except Error:
            continue
    raise NoChromium("needs a Chromium (a package of the system, or: playwright install chromium)")


@dataclass
class Trouble:
    """Everything a page did that no screen may do; `check` fails with all of it."""

    found: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note console errors, page errors, and requests to any host but this machine."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.found.append(f"page error: {error}"))
        page.on("request", self._request)

    def check(self, page: Page) -> None:
        """Fail when something was noted or the screen shows an exception."""
        shown = [block.inner_text()[:500] for block in page.locator(EXCEPTION).all()]
        assert not shown, f"exception on {page.url}: {shown}"
        assert not self.found, f"on {page.url}: {self.found}"

    def _console(self, message: ConsoleMessage) -> None:
        # Opened below the root, Streamlit's front end first looks for its server there, in vain.
        probing = message.location["url"].endswith(("/_stcore/health", "/_stcore/host-config"))
        if message.type == "error" and not probing:
            self.found.append(f"console error: {message.text[:300]}")

    def _request(self, request: Request) -> None:
        host = urlsplit(request.url)
        if host.scheme in ("http", "https", "ws", "wss") and host.hostname not in LOCAL:
            self.found.append(f"request to a foreign host: {request.url[:200]}")


def settle(page: Page) -> None:
    """Wait until Streamlit has run the whole script, a heading is on screen, and nothing is still being drawn."""
    expect(page.locator(SETTLED).first).to_be_visible()
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def visit(page: Page, path: str = "") -> None:
    """Open a screen by its address below the app's root (such as "truncation?t=50") and wait until it has settled."""
    page.goto(f"/{path.lstrip('/')}")
    settle(page)


def click_screen(page: Page, title: str) -> None:
    """Go to a screen by its entry in the navigation, as a reader does, opening the side bar where it is folded."""
    link = page.locator(NAV_LINK).filter(has_text=title)
    if not link.first.is_visible():
        page.get_by_test_id("stExpandSidebarButton").click()
    link.first.click()
    expect(page).to_have_title(re.compile(f"^{re.escape(title)}"))
    settle(page)


@contextmanager
def watched_page(
    browser: Browser, address: str, *, dark: bool = False, width: int = 1280, height: int = 900
) -> Iterator[Page]:
    """Give a page at the app's address in light or dark; fails at the end for any trouble that `Trouble` notes."""
    context = browser.new_context(
        base_url=address, color_scheme="dark" if dark else "light", viewport={"width": width, "height": height}
    )
    context.set_default_timeout(1000 * MOST_SECONDS)
    page, trouble = context.new_page(), Trouble()
    trouble.watch(page)
    try:
        yield page
        trouble.check(page)
    finally:
        context.close()
