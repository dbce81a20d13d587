"""Take the pictures that README and docs show, from the app with what ships: `python tests/browser/readme_pictures.py [NAME ...]`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # before a package that brings its own `tests`

from playwright.sync_api import FloatRect, Page, sync_playwright

from browser_driving import BUSY, launch, visit, watched_page
from browser_server import running_app
from screenshots import FULL_HEIGHT

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "screenshots"
PATIENCE_MS = 900_000
MARGIN = 12
CHARTS = "[data-testid='stPlotlyChart']"


@dataclass(frozen=True)
class Picture:
    """path: the screen with its query; chart: which of its charts alone; around: all that this CSS selects; else the whole screen."""

    path: str
    chart: int | None = None
    around: str = ""


WITHOUT_VANILLA = (  # whose values, many times larger, would leave the others one line
    "Gaussian",
    "VAE (published)",
    "VAE (textured)",
    "GAN (published)",
    "OT (published)",
    "OT (local)",
    "Oracle",
)

PICTURES = {
    "sample": Picture("sample?t_star=200"),
    "features": Picture("features?draw=1&prior=gan-published&prior=ot-published&prior=ot-local&n=300&n_real=600", 0),
    "by-start": Picture(
        "benchmark?tab=Floor%20and%20gap&" + "&".join(f"prior={quote(label)}" for label in WITHOUT_VANILLA), 0
    ),
    "tour-gap": Picture("benchmark?tab=Floor%20and%20gap&start=10", 1),
    "tour-sample": Picture(
        "sample?t_star=10&n=8&prior=gan-published&prior=ot-published&prior=ot-local", around="[class*='st-key-column-']"
    ),
}


def main() -> int:
    """Take the pictures asked for, or all, and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="*", choices=[*PICTURES, []])
    names = parser.parse_args().name or list(PICTURES)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = launch(playwright)
        with running_app(Path(scratch) / "cache", Path(scratch) / "server.log") as address:
            for name in names:
                with watched_page(browser, address) as page:
                    _take(page, PICTURES[name], FOLDER / f"{name}.png")
                print(FOLDER / f"{name}.png")
        browser.close()
    return 0


def _take(page: Page, picture: Picture, target: Path) -> None:
    visit(page, picture.path)
    page.wait_for_timeout(3000)
    page.wait_for_selector(BUSY, state="detached", timeout=PATIENCE_MS)
    height = min(int(page.evaluate(FULL_HEIGHT)), 6000)
    page.set_viewport_size({"width": 1280, "height": height})
    page.wait_for_timeout(1500)
    page.add_style_tag(content=".modebar-container {visibility: hidden}")
    if picture.chart is not None:
        page.locator(CHARTS).nth(picture.chart).screenshot(path=target)
    elif picture.around:
        page.screenshot(
            path=target,
            clip=_around([box for one in page.locator(picture.around).all() if (box := one.bounding_box())]),
        )
    else:
        page.screenshot(path=target)


def _around(boxes: list[FloatRect]) -> FloatRect:
    """Return the smallest box around all of these, with a margin."""
    left, top = min(box["x"] for box in boxes) - MARGIN, min(box["y"] for box in boxes) - MARGIN
    right, low = (max(box[a] + box[b] for box in boxes) + MARGIN for a, b in (("x", "width"), ("y", "height")))
    return {"x": left, "y": top, "width": right - left, "height": low - top}


if __name__ == "__main__":
    raise SystemExit(main())
