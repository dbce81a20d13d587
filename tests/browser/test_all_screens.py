"""A reader goes through the whole app in a real browser: every screen, light and dark, back, refresh, shared links."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from browser_driving import click_screen, settle, visit
from browser_waits import expect
from ui.server.navigation import find_pages

pytestmark = pytest.mark.browser

SCREENS = find_pages()
HEADING = "[data-testid='stMainBlockContainer'] h1"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_one_path_through_all_screens(dark: bool, open_page: Callable[..., Page]) -> None:
    page = open_page(dark=dark)
    visit(page)
    headings = []
    for screen in [*SCREENS[1:], SCREENS[0]]:
        click_screen(page, screen.title)
        expect(page.locator(HEADING)).to_have_count(1)
        headings.append(page.locator(HEADING).inner_text())
    assert len(set(headings)) == len(SCREENS)


@pytest.mark.parametrize("name", [screen.name for screen in SCREENS])
def test_every_screen_fits_a_narrow_window_and_survives_a_refresh(name: str, open_page: Callable[..., Page]) -> None:
    page = open_page(width=768)
    visit(page, "" if name == SCREENS[0].name else name)
    heading = page.locator(HEADING).inner_text()
    page.reload()
    settle(page)
    expect(page.locator(HEADING)).to_have_text(heading)
    wider = "e => e.scrollWidth - e.clientWidth"
    assert page.locator("[data-testid='stMain']").evaluate(wider) <= 1, "the screen scrolls sideways"


def test_back_and_forward(page: Page) -> None:
    visit(page, "truncation")
    click_screen(page, "Method")
    page.go_back()
    expect(page.locator(HEADING)).to_have_text("Truncation")
    page.go_forward()
    expect(page.locator(HEADING)).to_have_text("Method")
    settle(page)


def test_what_is_chosen_is_in_the_address_and_comes_back_from_it(page: Page, open_page: Callable[..., Page]) -> None:
    visit(page, "truncation")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("the same images at t = 101")).to_be_visible()
    page.get_by_role("radio", name="cosine").click()
    expect(page.get_by_text("under the cosine schedule")).to_be_visible()
    assert "t=101" in page.url and "schedule=cosine" in page.url
    other = open_page()
    other.goto(page.url)
    settle(other)
    expect(other.get_by_text("the same images at t = 101 under the cosine schedule")).to_be_visible()


def test_the_next_click_takes_the_chosen_start_along(page: Page) -> None:
    visit(page, "?start=300")
    expect(page.get_by_text("700 steps never run")).to_be_visible()
    page.get_by_role("button", name="Compare the priors").click()
    expect(page.locator(HEADING)).to_have_text("Sample")
    assert "t_star=300" in page.url
    settle(page)


def test_a_shared_link_that_is_the_servers_first_request(private_app: str, open_page: Callable[..., Page]) -> None:
    page = open_page(private_app)
    visit(page, "method?part=Metrics")
    expect(page.get_by_text("RecallDist", exact=True)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNavLink")).to_have_count(len(SCREENS))
    assert page.title() == "Method - TDOT"


def test_an_address_of_no_screen_leads_to_the_start(browser: Browser, app: str) -> None:
    page = browser.new_page(base_url=app)  # unwatched: Streamlit says it on the console too
    page.goto("/no-such-screen")
    settle(page)
    expect(page.locator(HEADING)).to_have_text("How many diffusion steps can be skipped?")
    page.close()


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 101), ("attacker.example", 403)])
def test_only_this_machines_names_reach_the_server(host: str, status: int, app: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(app).netloc, timeout=30)
    connection.putrequest("GET", "/_stcore/stream", skip_host=True)
    for name, value in {
        "Host": host,
        "Origin": f"http://{host}",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    assert connection.getresponse().status == status
    connection.close()
