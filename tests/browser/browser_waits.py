"""Waiting for a screen on any machine: as long as something happens, not for a fixed number of seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import psutil
from playwright.sync_api import Error, Locator, Page
from playwright.sync_api import expect as expect_at_once

T = TypeVar("T")

STEP_MS = 2_000
QUIET_SECONDS = 60.0
MOST_SECONDS = 780.0  # below pytest's own limit for a test, so that what was awaited is named
WORKER_SHARE = 0.005  # a worker that is starved beside twenty others gets two percent of a processor
SERVER_SHARE = 0.2  # an idle server uses three to ten percent for itself


def expect(subject: Page | Locator) -> Any:
    """Return Playwright's `expect`, whose assertions wait while the screen or its server is at work (see `while_at_work`)."""
    return _Patient(subject)


def while_at_work(page: Page, attempt: Callable[[], T], *, quiet: float = QUIET_SECONDS) -> T:
    """Return what attempt returns, repeating it while it fails and something happens.

    Something happens when the text on screen changes, Streamlit runs the page's script, or a worker or server computes. The
    attempt's own AssertionError or playwright's Error is raised after `quiet` seconds without any of them, or MOST_SECONDS in
    all.
    """
    begun = last = time.monotonic()
    before = _Signs(page)
    while True:
        try:
            return attempt()
        except (AssertionError, Error):
            now = _Signs(page)
            if now.differ(before):
                last = now.at
            if now.at - last > quiet or now.at - begun > MOST_SECONDS:
                raise
            before = now


class _Patient:
    """An expectation whose every assertion is repeated while something happens."""

    def __init__(self, subject: Page | Locator) -> None:
        self.page = subject if isinstance(subject, Page) else subject.page
        self.expectation = expect_at_once(subject)

    def __getattr__(self, name: str) -> Callable[..., None]:
        assertion = getattr(self.expectation, name)
        return lambda *values, **options: while_at_work(
            self.page, lambda: assertion(*values, **options, timeout=STEP_MS)
        )


class _Signs:
    """What can be seen of the work at one moment."""

    def __init__(self, page: Page) -> None:
        self.at = time.monotonic()
        self.text, self.running = _screen(page)
        self.used = _processor_seconds()

    def differ(self, before: _Signs) -> bool:
        """Tell whether the screen changed or its script runs, or a server or a worker computed, since then."""
        computed = any(
            seconds - before.used.get(which, 0.0) > which[1] * (self.at - before.at)
            for which, seconds in self.used.items()
        )
        return computed or self.running or self.text != before.text


def _screen(page: Page) -> tuple[str, bool]:
    """Return the text on screen, and whether the server runs its script."""
    try:
        found = page.evaluate(
            "[document.body?.innerText ?? '', !!document.querySelector('[data-test-script-state=running]')]"
        )
    except Error:  # between two addresses
        return "", False
    return str(found[0]), bool(found[1])


def _processor_seconds() -> dict[tuple[int, float], float]:
    """Return the processor time of every Python process below this one, by its number and the share that counts as work."""
    found = {}
    for process in psutil.Process().children(recursive=True):
        try:
            if process.name().startswith("python"):
                share = SERVER_SHARE if "streamlit" in process.cmdline() else WORKER_SHARE
                found[process.pid, share] = sum(process.cpu_times()[:2])
        except psutil.Error:
            continue
    return found
