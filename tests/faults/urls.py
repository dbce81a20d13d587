"""Addresses of any content, opened on every screen."""

from __future__ import annotations

import os
import random
from pathlib import Path

from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from tests.faults import hostile
from tests.faults.result import Row

FULL, SHORT = 200, 4
PROJECT = Path(__file__).resolve().parents[2]
PARAMETERS = (
    "t", "prior", "net", "seed", "n", "steps", "sampler", "eta", "run", "view", "dataset", "e_n", "e_sets", "e_seed", "e_steps", "e_data",
    "metric", "space", "x", "y", "look", "frame", "t_train", "clip", "sort", "embed", "<b>", "size", "start",
    "cost", "draw", "f_n", "t_star", "n_steps", "sets", "n_real", "clip_x0", "axes",
)  # fmt: skip


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Open 200 addresses (4 when short) in the whole app without a browser."""
    os.environ |= {"TDOT_CACHE": str(folder / "cache"), "TDOT_ROOTS": str(folder)}
    os.environ.pop("TDOT_ASSETS", None)
    screens = sorted(path.stem for path in (PROJECT / "pages").glob("*.py"))
    total, problems = SHORT if short else FULL, []
    for k in range(total):
        r = random.Random(f"{seed} {k}")
        screen = screens[k % len(screens)]
        query = {key: _values(r) for key in r.sample(PARAMETERS, r.randrange(1, 6))}
        if trouble := _open(screen, query):
            problems.append(f"{screen} {str(query)[:200]}: {trouble}")
    found = f"{total} addresses, {len(problems)} with an exception"
    return [
        Row(
            "urls",
            "addresses of any content through AppTest: 0 exceptions",
            "; ".join([found, *problems[:3]]),
            not problems,
        )
    ]


def _values(r: random.Random) -> list[str]:
    return [hostile.name(r).replace("\ud800", "?") for _ in range(r.choice((1, 1, 1, 2, 5)))]


def _open(screen: str, query: dict[str, list[str]]) -> str:
    """Return what went wrong, or nothing."""
    begin, first = PagesManager.__init__, True

    def begin_warm(self: PagesManager, *args: object, **options: object) -> None:
        begin(self, *args, **options)  # type: ignore[arg-type]
        if not first:
            PagesManager.uses_pages_directory = False

    PagesManager.__init__ = begin_warm  # type: ignore[method-assign]
    try:
        app = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=600)
        if screen != "overview":
            app.switch_page(f"pages/{screen}.py")
        for key, values in query.items():
            app.query_params[key] = values
        app.run()
        first = False
        app.run()
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:200]}"
    finally:
        PagesManager.__init__ = begin  # type: ignore[method-assign]
    return "; ".join(str(e.value)[:200] for e in app.exception)
