"""While the slider of t* moves a coarse drawing follows it; let go, the full one comes."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from browser_driving import settle, visit

pytestmark = pytest.mark.browser

PATIENCE = 240_000


def test_a_coarse_drawing_follows_the_slider_and_the_full_one_its_release(page: Page) -> None:
    visit(page, "sample?n=8&n_steps=6&t_star=100&prior=gaussian")
    grid, column = page.get_by_role("group", name="Gaussian"), page.locator(".st-key-column-gaussian")
    tiles = grid.locator("button")
    expect(tiles).to_have_count(8, timeout=PATIENCE)
    settle(page)
    handle = page.locator(".st-key-t_star [data-testid='stSliderThumbValue']")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 120, y, steps=5)
    expect(tiles).to_have_count(4, timeout=PATIENCE)
    expect(column).to_contain_text("NFE 4")
    expect(page.get_by_text(re.compile(r"^Coarse at t\* = \d+"))).to_be_visible()
    assert "t_star=100" in page.url, "nothing is chosen while the slider is held"

    page.mouse.move(x, y, steps=5)
    page.mouse.up()
    expect(tiles).to_have_count(8, timeout=PATIENCE)
    expect(column).to_contain_text("NFE 6")

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=5)
    expect(tiles).to_have_count(4, timeout=PATIENCE)
    page.mouse.up()
    expect(tiles).to_have_count(8, timeout=PATIENCE)
    expect(column).to_contain_text("NFE 6", timeout=PATIENCE)
    assert "t_star=100" not in page.url
    settle(page)
