"""Fixtures of the browser tests: one server, one Chromium, and pages that fail on anything a reader should never see."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="needs Playwright (make test installs it)")

from playwright.sync_api import Browser, Page, sync_playwright

from browser_driving import NoChromium, launch, watched_page
from browser_server import running_app


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests are skipped, but fail under CI, where it must be there."""
    with sync_playwright() as playwright:
        try:
            found = launch(playwright)
        except NoChromium as missing:
            if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield found
        found.close()


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app with the shipped assets and an empty cache."""
    folder = tmp_path_factory.mktemp("app")
    with running_app(folder / "cache", folder / "server.log") as address:
        yield address


@pytest.fixture
def open_page(browser: Browser, app: str) -> Iterator[Callable[..., Page]]:
    """A function that opens a watched page on `app` (dark=, width=, height=, address=); all are checked when the test ends."""
    with ExitStack() as pages:

        def opened(address: str = app, **options: bool | int) -> Page:
            return pages.enter_context(watched_page(browser, address, **options))  # type: ignore[arg-type]

        yield opened


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """One watched page, light, 1280 wide."""
    return open_page()


@pytest.fixture
def private_app(tmp_path: Path) -> Iterator[str]:
    """The address of an app of the test's own, with an empty cache in `tmp_path / "cache"`."""
    with running_app(tmp_path / "cache", tmp_path / "server.log") as address:
        yield address
