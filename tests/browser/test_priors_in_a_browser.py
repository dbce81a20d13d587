"""The library of trainings in a real browser, by keyboard alone: search, sheets, comparing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from browser_driving import settle, visit
from browser_waits import STEP_MS, expect, while_at_work

pytestmark = pytest.mark.browser


def test_a_search_narrows_the_list_and_stands_in_the_address(page: Page) -> None:
    visit(page, "priors?run=gan-published")
    options = page.locator(".st-key-priors-run [role=radio], .st-key-priors-run input[type=radio]")
    expect(options.nth(5)).to_be_attached()
    search = page.get_by_role("textbox", name="Search")
    search.focus()
    page.keyboard.type("gan shipped")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"find=gan"))
    expect(options).to_have_count(1)
    picture = page.locator(".st-key-priors-run img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("e => e.naturalWidth") > 0, "the sparkline is a picture that loads"


def test_two_trainings_are_compared_and_the_axis_switched_by_keyboard(page: Page) -> None:
    visit(page, "priors?view=compare&with=ot-local&with=ot-published")
    chart = page.locator(".st-key-compare-curves .js-plotly-plot")
    expect(chart).to_be_visible()
    expect(chart.locator(".legendtext")).to_have_count(2)
    page.locator(".st-key-log input").focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(re.compile("log=true"))
    axis = "document.querySelector('.st-key-compare-curves .js-plotly-plot')?.layout?.yaxis?.type === 'log'"
    while_at_work(page, lambda: page.wait_for_function(axis, timeout=STEP_MS))
    expect(page.get_by_role("button", name="Data")).to_be_visible()
    page.reload()
    settle(page)
    expect(chart).to_be_visible()
    assert "with=ot-local" in page.url and "log=true" in page.url


def test_duplicating_leads_to_a_form_that_begins_like_it(page: Page) -> None:
    visit(page, "priors?run=ot-local")
    page.get_by_role("button", name="Duplicate with changes").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("like=ot-local"))
    expect(page.get_by_text(re.compile("The settings of OT"))).to_be_visible()
