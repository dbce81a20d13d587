"""The app finds its screens, starts without torch, and stays on its feet whatever the address says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ui.server import navigation
from ui.server.navigation import PageFile, find_pages

PROJECT = Path(__file__).resolve().parents[2]
SCREENS = ["overview", "truncation", "priors", "sample", "evaluate", "features", "benchmark", "method"]
TORCH_FREE = ["overview", "truncation", "benchmark", "method"]


def test_the_eight_screens_in_their_order() -> None:
    found = find_pages()
    assert [page.name for page in found if page.name in SCREENS] == SCREENS
    assert all(page.title and page.icon.startswith(":material/") and page.help for page in found)


def test_a_new_file_is_a_new_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(PROJECT / "pages", tmp_path / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pages" / "extra_room.py").write_text("# title: Extra\n# order: 2.5\n\nimport this\n")
    (tmp_path / "pages" / "bare_room.py").write_text("# order: soon\n")
    monkeypatch.setattr(navigation, "project_root", lambda: tmp_path)
    found = find_pages()
    assert [page.name for page in found[:3]] == ["overview", "truncation", "extra_room"]
    assert found[-1] == PageFile(tmp_path / "pages" / "bare_room.py", "Bare room", "", 100.0)


@pytest.mark.parametrize("name", TORCH_FREE)
def test_a_screen_that_needs_no_network_does_not_import_torch(name: str, cache: Path) -> None:
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('app.py', default_timeout=600)\n"
        f"app.switch_page('pages/{name}.py') if '{name}' != 'overview' else None\n"
        "app.run(); assert not app.exception, app.exception; assert app.title\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.stdout.split()[-1:] == ["False"], done.stderr[-2000:]


@pytest.mark.parametrize("name", TORCH_FREE)
@pytest.mark.parametrize(
    "value", ["abc", "-5", "1e99", "0", "5000", "", "<script>alert(1)</script>", "../../etc/passwd", "\u202e%00"]
)
def test_a_hostile_address_gives_the_default(name: str, value: str, screen: Callable[..., AppTest]) -> None:
    names = (
        "t",
        "start",
        "schedule",
        "images",
        "part",
        "space",
        "metric",
        "prior",
        "sampler",
        "cost",
        "no_such_parameter",
    )
    app = screen(name, **{key: [value, value] if key == "prior" else value for key in names})
    assert len(app.title) == 1


@pytest.mark.parametrize("name", TORCH_FREE)
def test_nothing_shipped_and_no_data_set(name: str, no_assets: Path, screen: Callable[..., AppTest]) -> None:
    app = screen(name)
    assert len(app.title) == 1 and not app.error
