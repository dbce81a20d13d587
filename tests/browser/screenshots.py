"""Save a picture of every screen: `python tests/browser/screenshots.py FOLDER [--cache DIR] [--page NAME] [--width W]`.

Every screen is pictured light and dark at 1280 and 768 pixels; trouble on a screen ends it with code 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(
    0, str(Path(__file__).resolve().parents[2])
)  # run as a script, only this folder is on the path; a package may bring its own `tests`

from playwright.sync_api import Error, Page, sync_playwright

from browser_driving import Trouble, launch, visit
from browser_server import running_app
from ui.server.navigation import find_pages

WIDTHS = (1280, 768)
FULL_HEIGHT = """() => Math.max(...[...document.querySelectorAll('[data-testid="stMainBlockContainer"]')].map(e => e.scrollHeight), 600) + 40"""


def main() -> int:
    """Take the pictures and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cache", type=Path, help="TDOT_CACHE of the app (default: an empty one)")
    parser.add_argument("--assets", type=Path, help="TDOT_ASSETS of the app (default: the shipped ones)")
    parser.add_argument("--page", action="append", help="only these screens, with a query if wanted: truncation?t=50")
    parser.add_argument("--width", action="append", type=int)
    parser.add_argument("--scheme", action="append", choices=("light", "dark"))
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    paths = args.page or ["", *(page.name for page in find_pages()[1:])]
    failed = False
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        cache = args.cache or Path(scratch) / "cache"
        browser = launch(playwright)
        with running_app(cache, Path(scratch) / "server.log", assets=args.assets) as address:
            for width in args.width or WIDTHS:
                for scheme in args.scheme or ("light", "dark"):
                    context = browser.new_context(
                        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}
                    )
                    for path in paths:
                        page, trouble = context.new_page(), Trouble()
                        trouble.watch(page)
                        name = path.partition("?")[0] or "overview"
                        target = args.folder / f"{name}-{scheme}-{width}.png"
                        try:
                            _picture(page, path, width, target)
                            trouble.check(page)
                        except (AssertionError, Error) as error:
                            failed = True
                            print(f"{name} {scheme} {width}: {str(error)[:800]}", file=sys.stderr)
                            page.screenshot(path=target)
                        print(target)
                        page.close()
                    context.close()
        browser.close()
    return int(failed)


def _picture(page: Page, path: str, width: int, target: Path) -> None:
    """Picture the whole screen: Streamlit scrolls inside the page, so the window is made as high as its content."""
    visit(page, path)
    page.wait_for_timeout(1200)
    page.set_viewport_size({"width": width, "height": min(int(page.evaluate(FULL_HEIGHT)), 6000)})
    page.wait_for_timeout(900)
    page.screenshot(path=target)


if __name__ == "__main__":
    raise SystemExit(main())
