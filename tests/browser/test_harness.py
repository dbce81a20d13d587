"""The harness itself notices what it promises to notice."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Error, Page

from browser_driving import Trouble, visit, watched_page
from browser_waits import expect, expect_at_once, while_at_work

pytestmark = pytest.mark.browser

TROUBLE = {
    "console error": "console.error('broken')",
    "page error": "setTimeout(() => { throw new Error('broken') }, 0)",
    "foreign host": "fetch('https://tracker.invalid/x').catch(() => 0)",
    "exception on": "document.body.insertAdjacentHTML('beforeend', \"<div data-testid='stException'>broken</div>\")",
}


@pytest.mark.parametrize("kind", TROUBLE)
def test_trouble_fails_the_test(kind: str, browser: Browser, app: str) -> None:
    with pytest.raises(AssertionError, match=kind), watched_page(browser, app) as page:
        visit(page)
        page.evaluate(TROUBLE[kind])
        page.wait_for_timeout(2000)  # what is noted comes from another process


def test_a_page_without_trouble_passes(browser: Browser, app: str) -> None:
    with watched_page(browser, app) as page:
        visit(page)
        Trouble().check(page)


def test_a_failure_of_the_test_itself_is_not_hidden(browser: Browser, app: str) -> None:
    with pytest.raises(Error), watched_page(browser, app) as page:
        page.evaluate("nonsense(")


COUNT = "let k = 0; setInterval(() => { document.body.innerText = 'step ' + ++k }, 300)"


@pytest.fixture
def blank(browser: Browser) -> Page:
    page = browser.new_page()
    page.set_content("<p>step 0</p>")
    return page


def test_a_screen_that_changes_is_waited_for_beyond_the_quiet_seconds(blank: Page) -> None:
    blank.evaluate(COUNT)
    begun = time.monotonic()
    while_at_work(blank, lambda: expect_at_once(blank.get_by_text("step 15")).to_be_visible(timeout=200), quiet=1.5)
    assert time.monotonic() - begun > 1.5
    expect(blank.locator("body")).to_have_text(re.compile("step .*"))
    blank.close()


def test_a_screen_on_which_nothing_happens_is_given_up(blank: Page) -> None:
    with pytest.raises(AssertionError, match="step 1"):
        while_at_work(blank, lambda: expect_at_once(blank.get_by_text("step 1")).to_be_visible(timeout=200), quiet=1.5)
    blank.close()
