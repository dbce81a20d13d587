"""The views of the screens but Priors and Features, light and dark, wide and narrow: no trouble, no unnamed control, nothing too wide, axe-core content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from browser_driving import settle, visit
from ui.benchmark.screen import FIGURES, OTHERS
from view_checks import broken_rules, is_dark, too_wide, unlabelled

pytestmark = pytest.mark.browser

SMALL = "n=4&n_steps=2&t_star=100&prior=gaussian&prior=vanilla"
METHOD_PARTS = ("Priors", "Metrics", "Reading the numbers", "Words", "Sources")
VIEWS = (
    "",
    "truncation",
    "sample",
    f"sample?{SMALL}&look=1",
    f"sample?{SMALL}&vote=1",
    "evaluate",
    *(f"benchmark?tab={tab}" for tab in (*FIGURES, *OTHERS)),
    "method",
    *(f"method?part={part}" for part in METHOD_PARTS),
)
LOOKS = ((1280, False), (1280, True), (768, True), (768, False))
"""(width, dark), in an order in which each differs from the one before in one thing."""


@pytest.fixture(scope="session")
def axe() -> str:
    """axe-core's text, from the test requirement that carries it."""
    try:
        import axe_playwright_python
    except ImportError:
        pytest.skip("needs axe-playwright-python (make test installs it)")
    return (Path(str(axe_playwright_python.__file__)).parent / "axe.min.js").read_text(encoding="utf-8")


def look_over(page: Page) -> list[str]:
    """Return what is wrong with a page that is there, in each of the four looks."""
    wrong = []
    for width, dark in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.wait_for_timeout(400)
        settle(page)
        if is_dark(page) is not dark:
            wrong.append("the theme did not follow")
        wrong += [f"{width} {'dark' if dark else 'light'}: no name: {html}" for html in unlabelled(page)]
        wrong += [f"{width} {'dark' if dark else 'light'}: too wide: {html}" for html in too_wide(page)]
    return wrong


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_whole_in_every_look(view: str, open_page: Callable[..., Page]) -> None:
    page = open_page()
    visit(page, view)
    assert look_over(page) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_serious(view: str, dark: bool, axe: str, open_page: Callable[..., Page]) -> None:
    page = open_page(dark=dark, width=768 if dark else 1280)
    visit(page, view)
    page.wait_for_timeout(400)
    settle(page)
    assert broken_rules(page, axe) == []


BROKEN = {
    "no name": "main.insertAdjacentHTML('beforeend', '<button></button>')",
    "too wide": "main.insertAdjacentHTML('beforeend', '<div style=\"width: 3000px; height: 9px\"></div>')",
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_found(kind: str, browser: Browser, app: str) -> None:
    page = browser.new_page(base_url=app, viewport={"width": 1280, "height": 900})
    visit(page, "method")
    page.evaluate(f"const main = document.querySelector('[data-testid=stMainBlockContainer]'); {BROKEN[kind]}")
    assert any(kind in line for line in look_over(page))
    page.close()


def test_axe_finds_what_is_broken(axe: str, browser: Browser, app: str) -> None:
    page = browser.new_page(base_url=app)
    visit(page, "method")
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend', '<p style=\"color: #eee\">faint</p><img src=x>')"
    )
    found = " ".join(broken_rules(page, axe))
    assert "color-contrast" in found and "image-alt" in found
    page.close()
