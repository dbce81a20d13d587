"""Evaluate and Features in a real browser, on digits: a job with progress, Cancel and Resume; a lasso with the mouse."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page

from browser_driving import settle, visit
from browser_server import running_app
from browser_waits import expect

pytestmark = pytest.mark.browser

PLOT = ".st-key-features-chart .nsewdrag"


@pytest.fixture(scope="module")
def digits_app(measuring_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app over a copy of the two-step models on digits and their feature network, with nothing shipped."""
    folder = tmp_path_factory.mktemp("digits-app")
    shutil.copytree(measuring_models / "cache", folder / "cache")
    with running_app(folder / "cache", folder / "server.log", assets=folder / "assets") as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], digits_app: str) -> Page:
    return open_page(digits_app)


def run_panel(page: Page, state: str) -> Locator:
    """Return the badge of the run on screen when it says `state`."""
    return page.locator(".st-key-e_run").get_by_text(state, exact=True)


def test_a_long_evaluation_shows_progress_survives_a_refresh_and_goes_on_after_cancel(page: Page) -> None:
    visit(page, "evaluate?data=digits&prior=vanilla&prior=ot&t_star=20&n=20000&sets=2")
    expect(page.get_by_text("2 rows: 80,000 images x 10 network calls")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    cancel, resume = (page.get_by_role("button", name=name) for name in ("Cancel", "Resume"))
    expect(cancel).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_be_visible()
    assert "run=evaluation-" in page.url
    page.reload()
    settle(page)
    cancel.click()
    expect(run_panel(page, "stopped")).to_be_visible()
    resume.first.click()
    expect(cancel).to_be_visible()
    cancel.click()
    expect(run_panel(page, "stopped")).to_be_visible()


def test_a_short_evaluation_ends_in_a_table_with_a_figure_and_downloads(page: Page) -> None:
    visit(page, "evaluate?data=digits&prior=vanilla&prior=ot&t_star=20&n=16&sets=2&n_steps=2")
    expect(page.get_by_text("2 rows: 64 images x 2 network calls")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(run_panel(page, "done")).to_be_visible()
    settle(page)
    rows = page.locator(".tdot-table").first.locator("tbody tr")
    expect(rows).to_have_count(3)
    assert [row.locator("td").first.inner_text().strip() for row in rows.all()] == [
        "Real test images",
        "Vanilla",
        "Optimal transport",
    ]
    expect(page.locator(".tdot-table thead").first).to_contain_text("FD-cnn")
    shown = [row.locator("td").filter(has=page.locator(".spread")).first.inner_text() for row in rows.all()]
    assert all(re.fullmatch(r"[\d.]+\s+± [\d.]+", text) for text in shown), shown
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(1)
    expect(page.get_by_test_id("stPlotlyChart")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown").click()
    assert "Optimal transport" in Path(download.value.path()).read_text(encoding="utf-8")


def lasso(page: Page, share: float = 0.48) -> None:
    """Draw an ellipse over `share` of the plot's half width and height with the mouse."""
    box = page.locator(PLOT).bounding_box()
    assert box is not None
    x, y, a, b = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] * share, box["height"] * share
    page.mouse.move(x + a, y)
    page.mouse.down()
    for k in range(1, 33):
        page.mouse.move(x + a * math.cos(math.tau * k / 32), y + b * math.sin(math.tau * k / 32))
    page.mouse.up()


def hover(page: Page, point: Locator) -> Locator:
    """Put the pointer on a point, again and again on a busy machine, until its picture shows; return the picture."""
    expect(page.locator(".st-key-features-chart [data-hover-pictures=on]")).to_be_attached()
    picture = page.locator(".tdot-hover-tile")
    for _ in range(120):
        page.locator(PLOT).scroll_into_view_if_needed()
        box = point.bounding_box()
        assert box is not None
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x + 60, y + 60)
        page.mouse.move(x, y, steps=6)
        page.wait_for_timeout(250)
        if picture.first.is_visible():
            break
    expect(picture).to_be_visible()
    return picture


def test_a_lasso_gives_the_pictures_and_hovering_shows_one_without_losing_it(page: Page) -> None:
    visit(page, "features?data=digits&n=24&n_steps=2&n_real=200&draw=0")
    expect(page.locator(".st-key-features-chart .scatterlayer .trace")).to_have_count(2)
    page.get_by_role("button", name="Draw 120 images").click()
    traces = page.locator(".st-key-features-chart .scatterlayer .trace")
    expect(traces).to_have_count(7)
    settle(page)
    page.locator(PLOT).scroll_into_view_if_needed()
    lasso(page)
    summary = page.get_by_text(re.compile(r"^\d+ selected:"))
    expect(summary).to_be_visible()
    selected = int(summary.inner_text().split()[0])
    assert selected > 50
    tiles = page.locator("[class*=st-key-features_tiles_] .tiles button")
    expect(tiles.first).to_be_visible()
    assert tiles.count() <= selected
    assert "Optimal transport" in (tiles.last.get_attribute("aria-label") or "") or tiles.count() > 24
    picture = hover(page, traces.first.locator("path.point").first)
    assert int(picture.get_attribute("data-tile") or -1) >= 0
    expect(page.locator(".st-key-features-chart .selectionlayer path").first).to_be_attached()
    expect(summary).to_have_text(re.compile(rf"^{selected} selected:"))
    page.get_by_role("button", name="Clear selection").click()
    expect(summary).to_have_count(0)
    expect(page.locator(".st-key-features-chart .selectionlayer path")).to_have_count(0)


def test_ten_thousand_points_are_panned_without_asking_the_server(open_page: Callable[..., Page]) -> None:
    page, sent = open_page(), list[int]()
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    visit(page, "features?n_real=10000&draw=0")  # the shipped features of CIFAR-10
    chart = page.locator(".st-key-features-chart .js-plotly-plot")
    expect(chart.locator("canvas").first).to_be_attached()
    settle(page)
    assert chart.evaluate("e => [e.data[0].type, e.data[0].customdata.length]") == ["scattergl", 10_000]
    before, spoken = chart.evaluate("e => e._fullLayout.xaxis.range[0]"), len(sent)
    chart.hover()
    chart.locator("[data-title=Pan]").click()
    box = page.locator(PLOT).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 300, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 380, box["y"] + 240, steps=5)
    page.mouse.up()
    page.wait_for_timeout(500)
    assert chart.evaluate("e => e._fullLayout.xaxis.range[0]") != before
    assert len(sent) == spoken


def test_the_address_brings_the_drawn_points_back_after_a_refresh(page: Page) -> None:
    visit(
        page, "features?data=digits&n=20&n_steps=2&n_real=200&draw=1&prior=gan"
    )  # no n of another test: drawn is shown
    traces = page.locator(".st-key-features-chart .scatterlayer .trace")
    expect(traces).to_have_count(3)
    page.reload()
    expect(traces).to_have_count(3)
    assert page.locator(".st-key-features_draw").count() == 0
