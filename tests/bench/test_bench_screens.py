"""The screens group: what it counts as sent twice, and a small app whose faults it sees."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_apps import TWO_SCREENS, elsewhere
from tdot_core.bench import app, screens
from tdot_core.bench.browser import open_page

PIXELS = "data:image/png;base64," + "A" * 80
SENDS_TWICE = f"""
st.html("<img alt='' src='{PIXELS}'>")
st.html("<img alt='again' src='{PIXELS}'>")
st.markdown("x" * 500_000)
"""


def test_a_picture_counts_once_for_every_time_it_comes_again() -> None:
    one, other = PIXELS.encode(), PIXELS.replace("A", "B").encode()
    assert screens.sent_twice([b"text " + one + b" more", other]) == 0
    assert screens.sent_twice([one + b" " + one, b"x" + one, other]) == 2


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(app, "project_root", lambda: tmp_path)
    monkeypatch.setattr(screens, "REPEATS", 1)
    return tmp_path


def _measure() -> tuple[list[tuple[str, float, int]], list[float | None]]:
    with open_page() as page, app.app_server() as (process, url, _):
        app.wait_ready(process, url)
        screens.visit(page, url)
        sent = [screens._sent(page, address) for address in screens.screens(page)]
        return sent, [result.value for result in screens._clicks(page, url)]


def test_clicks_are_timed_and_what_is_sent_is_weighed(browser: None, project: Path) -> None:
    (project / "app.py").write_text(
        TWO_SCREENS.replace(
            'st.title("Two")',
            'st.title("Two")\n' + "\n".join("    " + line for line in SENDS_TWICE.strip().splitlines()),
        )
    )
    sent, clicks = elsewhere(_measure)
    (_, light, none), (_, heavy, again) = sent
    assert (none, again) == (0, 1) and heavy - light > 0.49
    assert len(clicks) == 2 and all(seconds is not None and 0 < seconds < 60 for seconds in clicks)


def test_without_a_browser_nothing_is_judged(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert [r.holds for r in screens.run()] == [None]
