"""Running the app without a browser."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row

PROJECT = Path(__file__).resolve().parents[2]
OpenScreen = Callable[..., AppTest]


@pytest.fixture
def screen(cache: Path, monkeypatch: pytest.MonkeyPatch) -> OpenScreen:
    """A function that opens a screen of the whole app by its file's name and returns it after its first run.

    query: the address's parameters. Fails when the screen shows an exception.
    """
    # AppTest starts every run as a server starts its first (see `ui.server.navigation.ensure_app`), which loses button presses.
    begin, seen = PagesManager.__init__, {"request": False}

    def begin_warm(self: PagesManager, *args: Any, **options: Any) -> None:
        begin(self, *args, **options)
        if seen["request"]:
            PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_warm)

    def opened(name: str = "overview", **query: str | list[str]) -> AppTest:
        seen["request"] = False
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=600)
        if name != "overview":
            app.switch_page(f"pages/{name}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
        seen["request"] = True
        assert not app.exception, [(e.value, e.stack_trace) for e in app.exception]
        return app

    return opened


@pytest.fixture
def no_assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that TDOT_ASSETS points to."""
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    (tmp_path / "assets").mkdir()
    return tmp_path / "assets"


@pytest.fixture
def shipped_table(no_assets: Path) -> list[EvaluationRow]:
    """A shipped table: three priors at t* 10 and 100, two samplers, Fréchet distance and recall."""
    rows = [
        _row(key, t_star, sampler, fd + t_star / 100 - (sampler == "dpmpp-2m"))
        for key, fd in (("vanilla", 60.0), ("gan", 4.0), ("oracle", 2.0))
        for t_star in (10, 100)
        for sampler in ("ddim", "dpmpp-2m")
    ]
    path = no_assets / "benchmark" / "rows.json"
    path.parent.mkdir()
    path.write_text(json.dumps([found.to_json() for found in rows]))
    return rows


def _row(key: str, t_star: int, sampler: str, fd: float) -> EvaluationRow:
    metrics = {"fd": MetricValue(fd, 0.1, 64, 100, 2), "recall": MetricValue(1 / fd, 0.01, 64, 100, 2)}
    changes: dict[str, Any] = {"t_star": t_star, "t_train": None, "sampler": sampler, "nfe_prior": int(key == "gan")}
    return row(key, metrics=metrics, **changes)
