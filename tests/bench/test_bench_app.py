"""The app group on small apps, with a real server and a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest

from small_apps import TWO_SCREENS, elsewhere
from tdot_core.bench import app


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(app, "project_root", lambda: tmp_path)
    monkeypatch.setattr(app, "STARTS", 1)
    return tmp_path


def test_an_app_is_started_opened_and_weighed(browser: None, project: Path) -> None:
    (project / "app.py").write_text(TWO_SCREENS)
    started, memory = elsewhere(app.run)
    assert (started.bar, started.unit, memory.bar, memory.unit) == ("< 6", "seconds", "< 2", "GiB")
    assert started.value is not None and started.value > 0
    assert memory.value is not None and 0.02 < memory.value < 2 and "after opening 2 screens" in memory.name


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import streamlit as st\nst.title('One')\nraise ValueError('broken')", "shows an exception (ValueError"),
        (None, "no app.py"),
    ],
)
def test_an_app_that_fails_is_not_measured_with_the_reason(
    browser: None, project: Path, code: str | None, reason: str
) -> None:
    if code is not None:
        (project / "app.py").write_text(code)
    for result in elsewhere(app.run):
        assert (result.value, result.holds) == (None, None) and reason in result.name


def test_without_a_browser_nothing_is_judged(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert [(r.holds, "Playwright is not installed" in r.name) for r in app.run()] == [(None, True), (None, True)]
