"""The Sample screen's player: every step in the browser, from pictures that were sent once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page

from browser_driving import settle, visit
from browser_waits import expect

pytestmark = pytest.mark.browser

SCREEN = "sample?n=4&n_steps=5&t_star=100&prior=gaussian&prior=vanilla"
PIXELS = (
    "grid => [...grid.querySelectorAll('canvas')].map(c => [...c.getContext('2d').getImageData(0, 0, 32, 32).data])"
)


def opened(page: Page, path: str = SCREEN) -> Locator:
    """Open the screen, wait for both columns and for the states of the chain, and return the first column's grid."""
    visit(page, path)
    for name in ("Gaussian", "Vanilla"):
        expect(page.get_by_role("group", name=name)).to_have_attribute("data-shown", re.compile("-5$"))
    settle(page)
    page.locator(".player input").focus()
    page.keyboard.press("Home")
    grid = page.get_by_role("group", name="Gaussian")
    expect(grid).to_have_attribute("data-shown", re.compile("-0$"))
    return grid


# Within one task of the browser nothing can come from a server.
STEP_AT_ONCE = """slide => {
  slide.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
  return slide.getRootNode().querySelector("output").textContent;
}"""


def test_arrow_keys_step_both_columns_without_the_server(page: Page) -> None:
    grid, slide = opened(page), page.locator(".player input")
    said = [slide.evaluate(STEP_AT_ONCE) for _ in range(3)]
    assert [text.partition(" ·")[0] for text in said] == ["t = 80", "t = 60", "t = 40"]
    for one in (grid, page.get_by_role("group", name="Vanilla")):
        expect(one).to_have_attribute("data-shown", re.compile("-3$"))
    slide.focus()
    page.keyboard.press("ArrowLeft")
    expect(grid).to_have_attribute("data-shown", re.compile("-2$"))


def test_space_plays_to_the_end_and_the_loop_begins_again(page: Page) -> None:
    grid = opened(page)
    page.locator(".player .speed").select_option("20")
    page.locator(".player input").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    for k in (5, 0, 5):
        expect(grid).to_have_attribute("data-shown", re.compile(f"-{k}$"))
    page.get_by_role("button", name="Loop").click()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(grid).to_have_attribute("data-shown", re.compile("-5$"))


def test_the_difference_to_a_column_is_half_of_it_around_grey(page: Page) -> None:
    grid, other = opened(page), page.get_by_role("group", name="Vanilla")
    one, base = grid.evaluate(PIXELS), other.evaluate(PIXELS)
    page.get_by_role("radio", name="Difference").click()
    page.get_by_label("Difference to").select_option("vanilla")
    expect(grid).to_have_attribute("data-view", "difference")
    expect(page).to_have_url(re.compile("against=vanilla"))
    shown = grid.evaluate(PIXELS)
    assert other.evaluate(PIXELS) == base
    for tile, a, b in zip(shown, one, base, strict=True):
        off = [abs(tile[p] - (128 + (a[p] - b[p]) / 2)) for p in range(len(tile)) if p % 4 < 3]
        assert max(off) <= 0.5


def test_view_and_place_come_back_from_the_address(page: Page, open_page: Callable[..., Page]) -> None:
    opened(page)
    page.get_by_role("radio", name="x0_hat").click()
    page.locator(".player input").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile("view=x0_hat"))
    expect(page).to_have_url(re.compile("at=1"))
    other = open_page(width=768, dark=True)
    other.goto(page.url)
    grid = other.get_by_role("group", name="Gaussian")
    expect(grid).to_have_attribute("data-view", "x0_hat")
    expect(grid).to_have_attribute("data-shown", re.compile("-1$"))
