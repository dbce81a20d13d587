"""The harness itself notices what it promises to notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Error

from browser_driving import Trouble, visit, watched_page

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
        page.wait_for_timeout(300)


def test_a_page_without_trouble_passes(browser: Browser, app: str) -> None:
    with watched_page(browser, app) as page:
        visit(page)
        Trouble().check(page)


def test_a_failure_of_the_test_itself_is_not_hidden(browser: Browser, app: str) -> None:
    with pytest.raises(Error), watched_page(browser, app) as page:
        page.evaluate("nonsense(")
