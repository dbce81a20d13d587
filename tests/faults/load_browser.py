"""The one real browser of the load test: `python -m tests.faults.load_browser ADDRESS SECONDS`, one JSON line in the end."""

from __future__ import annotations

import json
import random
import sys
import time

from playwright.sync_api import sync_playwright

from tests.browser.browser_driving import click_screen as click
from tests.browser.browser_driving import launch, watched_page


def main(address: str, seconds: float) -> int:
    """Click from Sample to Priors and back, with a reader's pauses; prints the switches and what went wrong."""
    chance, switches, trouble = random.Random(1), [], ""
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            with watched_page(browser, address) as page:
                page.goto("/", timeout=120_000)
                end = time.monotonic() + seconds
                while time.monotonic() < end:
                    for screen in ("Sample", "Priors"):
                        begun = time.monotonic()
                        click(page, screen)
                        switches.append(time.monotonic() - begun)
                        page.wait_for_timeout(1000 * chance.uniform(5, 10))
            browser.close()
    except Exception as error:
        trouble = f"{type(error).__name__}: {str(error)[:500]}"
    print(json.dumps({"switches": switches, "trouble": trouble}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
