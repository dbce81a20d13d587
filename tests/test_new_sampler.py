"""A sampler in one new file, and a page in another: commands, contract tests and screens find them with no other edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project_copy import contract_tests, project_copy, python

NEW_SAMPLER = '''
"""Two-step Adams-Bashforth: one denoiser call a step, its eps_hat extrapolated from the step before."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from torch import Tensor

from tdot_core.maths.samplers import Denoise, NoiseSource, Sampler
from tdot_core.maths.schedule import NoiseSchedule


class AdamsBashforth2(Sampler):
    """On y = x / sqrt(ab) and sigma = sqrt((1 - ab) / ab), y_s = y_t + h d + h^2 (d - d_before) / (2 h_before).

    h = sigma_s - sigma_t; the first step and the last, to sigma = 0, are Euler's.
    """

    key = "ab-2"
    label = "Adams-Bashforth (2 steps)"
    reference = "song2021ddim"
    rank = 7
    order = 2

    def steps(
        self, denoise: Denoise, x: Tensor, grid: Sequence[int], schedule: NoiseSchedule, noise: NoiseSource | None
    ) -> Iterator[tuple[Tensor, Tensor]]:
        before: tuple[float, Tensor] | None = None
        for t, s in pairwise(grid):
            x0_hat, slope = denoise(x, t)
            if s == 0:
                yield x0_hat, x0_hat
                return
            ab_t, ab_s = float(schedule.alpha_bar[t]), float(schedule.alpha_bar[s])
            h = math.sqrt((1 - ab_s) / ab_s) - math.sqrt((1 - ab_t) / ab_t)
            y = x / math.sqrt(ab_t) + h * slope
            if before is not None:
                y = y + h * h / (2 * before[0]) * (slope - before[1])
            before = (h, slope)
            x = math.sqrt(ab_s) * y
            yield x, x0_hat
'''

NEW_PAGE = '''# title: Counting
# icon: :material/tag:
# order: 9
# help: How many runs this machine keeps
"""Counting: the runs of each kind."""

from __future__ import annotations

from ui.counting.table import show_counts
from ui.page import header

header("Counting", "How many runs of each kind this machine keeps.")
show_counts()
'''

NEW_ROOM = {
    "__init__.py": '"""The Counting screen: how many runs of each kind this machine keeps."""\n',
    "table.py": '''"""The runs of this machine by kind."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from tdot_core.services.runs.store import list_runs


def show_counts() -> None:
    """Draw how many runs there are of each kind."""
    for kind, count in sorted(Counter(run.kind for run in list_runs()).items()):
        st.metric(kind, count)
''',
}

SCREENS = """
import json
from streamlit.testing.v1 import AppTest

found = {}
app = AppTest.from_file("app.py", default_timeout=600).run()
for page in ("pages/sample.py", "pages/evaluate.py"):
    app.switch_page(page).run()
    assert not app.exception, app.exception
    options = [str(o) for widget in [*app.selectbox, *app.multiselect, *app.button_group] for o in widget.options]
    found[page] = any("Adams-Bashforth" in option for option in options)
app.switch_page("pages/counting.py").run()
assert not app.exception, app.exception
found["pages/counting.py"] = [metric.label for metric in app.metric]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Path:
    """A copy of the project with a sampler and a page more, beside a cache that has a denoiser."""
    root = project_copy(tmp_path_factory.mktemp("project"), tiny_models / "cache")
    (root / "tdot_core" / "maths" / "samplers" / "ab2.py").write_text(NEW_SAMPLER)
    (root / "pages" / "counting.py").write_text(NEW_PAGE)
    (root / "ui" / "counting").mkdir()
    for name, text in NEW_ROOM.items():
        (root / "ui" / "counting" / name).write_text(text)
    return root


def test_the_command_line_walks_with_it(tree: Path) -> None:
    words = ["sample", "--prior", "vanilla", "--sampler", "ab-2", "--t-star", "300", "--steps", "3", "--n", "2"]
    report = json.loads(python(tree, "-m", "tdot_core", *words, "--out", "x.npz", "--json"))
    assert report["priors"][0]["nfe"] == 3 and (tree / "x.npz").exists()


def test_the_contract_tests_take_it_up(tree: Path) -> None:
    assert contract_tests(tree, "tests/maths/test_chain.py", "ab-2") >= 4


def test_the_screens_show_it_and_the_page_is_one_of_them(tree: Path) -> None:
    (tree / "screens.py").write_text(SCREENS)
    found = json.loads(python(tree, "screens.py").strip().splitlines()[-1])
    assert found["pages/sample.py"] and found["pages/evaluate.py"] and "denoiser" in found["pages/counting.py"]


def test_the_rooms_are_still_in_order(tree: Path) -> None:
    """Of the architecture's tests, those that read screens and samplers; the app's own list of screens has the new one too."""
    for words in ("screen", "imports_point_one_way", "late_imports"):
        assert contract_tests(tree, "tests/test_architecture.py", words) >= 1
