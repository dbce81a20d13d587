"""The screens as a reader meets them: seconds from the click to what they show first, what that costs on the line, and a step along a chain."""

from __future__ import annotations

import base64
import re
import statistics
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tdot_core.bench.app import app_server, wait_ready
from tdot_core.bench.browser import NAV_LINK, PATIENCE_MS, open_page, screens, visit
from tdot_core.bench.result import BenchResult
from tdot_core.errors import TdotError

NAME = "screens"
HELP = "every screen in a browser: seconds to its default content, megabytes sent first, pictures sent twice; a step of the player"

REPEATS = 5
CONTENT_SECONDS, STEP_SECONDS, MEGABYTES = 2.0, 0.15, 3.0
CHAIN = "sample?n=4&n_steps=5&t_star=100&prior=gaussian"
FRONT_END = "/static/"
"""What lies below is Streamlit's own program, which a browser keeps: no part of what a screen sends."""

PICTURE = re.compile(rb"data:image/[a-z]+;base64,[A-Za-z0-9+/=]{64,}")

# Settled: the script has run, the title is that of the screen, nothing is still to be drawn, and that for a tenth of a second.
CLICK = """link => new Promise((done, fail) => {
  const app = document.querySelector("[data-testid='stApp']"), begun = performance.now();
  const name = link.innerText.trim().split("\\n").pop();  // after the icon's own name
  let since = 0;
  const look = now => {
    const there = app.dataset.testScriptState === "notRunning" && document.title.startsWith(name) && document.querySelector("h1")
      && !document.querySelector("[data-testid='stSkeleton']");
    since = there ? since || now : 0;
    if (since && now - since > 100) done((since - begun) / 1000);
    else if (now - begun > 60000) fail(new Error(`${name} did not come up in a minute`));
    else requestAnimationFrame(look);
  };
  link.click();
  setTimeout(() => requestAnimationFrame(look), 50);
})"""

STEP = """([slide, grid]) => new Promise(done => {
  const begun = performance.now(), shown = grid.dataset.shown;
  new MutationObserver((_, watcher) => {
    if (grid.dataset.shown === shown) return;
    watcher.disconnect();
    requestAnimationFrame(() => done((performance.now() - begun) / 1000));
  }).observe(grid, {attributes: true, attributeFilter: ["data-shown"]});
  slide.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
})"""


def run() -> list[BenchResult]:
    """Go through all screens of the app with its cache as it is; without a browser nothing is judged."""
    try:
        with open_page() as page, app_server() as (process, url, _):
            wait_ready(process, url)
            visit(page, url)
            sent = [_sent(page, address) for address in screens(page)]
            return [*_clicks(page, url), *_line(sent), _steps(page, url)]
    except TdotError as error:
        return [BenchResult(NAME, f"screens, not measured: {error}", None, "seconds", "<", CONTENT_SECONDS)]


def _clicks(page: Any, url: str) -> list[BenchResult]:
    """Time the click on every screen's entry in the navigation, each from the entry before it."""
    visit(page, url)
    links = page.locator(NAV_LINK)
    taken: dict[str, list[float]] = {}
    for _ in range(REPEATS):
        for k in [*range(1, links.count()), 0]:
            link = links.nth(k)
            taken.setdefault(str(link.inner_text()).split("\n")[-1], []).append(float(link.evaluate(CLICK)))
    how = f"default content after the click, median of {REPEATS}"
    return [
        BenchResult(NAME, f"{name}: {how}", statistics.median(seconds), "seconds", "<", CONTENT_SECONDS)
        for name, seconds in taken.items()
    ]


def _line(sent: Iterable[tuple[str, float, int]]) -> list[BenchResult]:
    """Judge the screen that sends most, and count what was sent twice."""
    all_sent = list(sent)
    name, most, _ = max(all_sent, key=lambda one: one[1])
    twice = sum(again for *_, again in all_sent)
    return [
        BenchResult(
            NAME,
            f"sent first beside Streamlit's own program, most of all screens ({name})",
            most,
            "MB",
            "<=",
            MEGABYTES,
        ),
        BenchResult(
            NAME, "pictures sent twice by a screen's first content, all screens", float(twice), "pictures", "<=", 0
        ),
    ]


def _sent(page: Any, address: str) -> tuple[str, float, int]:
    """Open a screen as a new reader does and return its name, the megabytes sent for it, and how many pictures came again."""
    context = page.context.browser.new_context()
    fresh = context.new_page()
    line = context.new_cdp_session(fresh)
    frames: list[bytes] = []
    bodies: dict[str, str] = {}
    loaded: dict[str, float] = {}
    line.on("Network.webSocketFrameReceived", lambda event: frames.append(_payload(event["response"])))
    line.on("Network.requestWillBeSent", lambda event: bodies.update({event["requestId"]: event["request"]["url"]}))
    line.on("Network.loadingFinished", lambda event: loaded.update({event["requestId"]: event["encodedDataLength"]}))
    line.send("Network.enable")
    try:
        visit(fresh, address)
    finally:
        context.close()
    own = {key: url for key, url in bodies.items() if FRONT_END not in url and not url.startswith("data:")}
    size = sum(map(len, frames)) + sum(loaded.get(key, 0.0) for key in own)
    return address.rpartition("/")[2] or "overview", size / 1e6, sent_twice(frames)


def _payload(response: dict[str, Any]) -> bytes:
    data = str(response["payloadData"])
    return base64.b64decode(data) if response["opcode"] == 2 else data.encode()


def sent_twice(frames: Iterable[bytes]) -> int:
    """Return how many pictures among these messages had been sent before, byte for byte."""
    counts = Counter(picture for frame in frames for picture in PICTURE.findall(frame))
    return sum(n - 1 for n in counts.values())


def _steps(page: Any, url: str) -> BenchResult:
    """Time steps of the player from the key to the picture on screen, once the chain is in the browser."""
    visit(page, f"{url}/{CHAIN}")
    slide, grid = page.locator(".player input"), page.get_by_role("group", name="Gaussian")
    slide.focus(timeout=PATIENCE_MS)
    page.keyboard.press("Home")
    page.wait_for_function("grid => grid.dataset.shown?.endsWith('-0')", arg=grid.element_handle(), timeout=PATIENCE_MS)
    parts = [slide.element_handle(), grid.element_handle()]
    taken = [float(page.evaluate(STEP, parts)) for _ in range(REPEATS)]
    name = f"a step along a drawn chain until it is on screen, median of {REPEATS}"
    return BenchResult(NAME, name, statistics.median(taken), "seconds", "<", STEP_SECONDS)
