"""An extractor in one new file, and a metric in another: commands, contract tests and screens find them with no other edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project_copy import contract_tests, project_copy, python

NEW_EXTRACTOR = '''
"""The `colours` extractor: mean and spread of each colour, which needs nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.models.extractor import Extractor
from tdot_core.models.extractors.base import ExtractorCard, Supply
from tdot_core.progress import Progress


class ColoursCard(ExtractorCard):
    """Describe the colours' first moments."""

    key = "colours"
    label = "Mean colours"
    layers = ("moments",)
    widths = {"moments": 6}
    default_layer = "moments"
    short = "colour"

    @classmethod
    def opening(cls, supply: Supply, device: Any) -> Generator[Progress, None, Extractor]:
        import torch

        yield from ()
        return Colours(torch.device(device))


class Colours(Extractor):
    """Give the mean and the standard deviation of red, green and blue."""

    key = ColoursCard.key
    layers = ColoursCard.layers
    widths = ColoursCard.widths
    fingerprint = hashlib.sha256(b"mean and deviation of three colours").hexdigest()  # no weights: a name of what it does

    def __init__(self, device: Any) -> None:
        self.device = device

    def __call__(self, images: NDArray[np.uint8], layers: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        self.check(layers)
        x = images.astype(np.float32) / 255
        found = np.concatenate([x.mean((1, 2)), x.std((1, 2))], axis=1)
        return dict.fromkeys(layers, found)
'''

NEW_METRIC = '''
"""How far apart the means of real and fake features lie."""

from __future__ import annotations

import numpy as np

from tdot_core.metrics.base import Metric
from tdot_core.metrics.extras import Extras
from tdot_core.metrics.features import Features


class MeanGap(Metric):
    """The distance of the means as a registered metric."""

    key = "mean_gap"
    label = "Gap of means"
    summary = "How far the mean features of fake images lie from those of real ones."
    formula = r"\\lVert\\mu_r-\\mu_f\\rVert"
    direction = "lower"
    reference = ""
    needs = "statistics"
    order = 50

    def compute(self, *, real: Features, fake: Features, extra: Extras) -> float:
        return float(np.linalg.norm(real.statistics.mean_f - fake.statistics.mean_f))
'''

SCREENS = """
import json
from streamlit.testing.v1 import AppTest

found = {}
for page in ("pages/evaluate.py", "pages/features.py"):
    app = AppTest.from_file("app.py", default_timeout=600).run()
    app.switch_page(page).run()
    assert not app.exception, app.exception
    found[page] = any("colours moments (FD-colour)" in str(o) for box in app.selectbox for o in box.options)
app = AppTest.from_file("app.py", default_timeout=600).run()
app.switch_page("pages/method.py").run()
assert not app.exception, app.exception
found["pages/method.py"] = any("Gap of means" == title.value for title in app.subheader)
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Path:
    """A copy of the project with two more files, beside a cache that has a denoiser and no feature network."""
    root = project_copy(tmp_path_factory.mktemp("project"), tiny_models / "cache")
    (root / "tdot_core" / "models" / "extractors" / "colours.py").write_text(NEW_EXTRACTOR)
    (root / "tdot_core" / "metrics" / "mean_gap.py").write_text(NEW_METRIC)
    return root


def test_an_evaluation_takes_them_and_names_the_distance(tree: Path) -> None:
    words = ["--prior", "vanilla", "--n", "12", "--steps", "1", "--dataset", "digits", "--metric", "fd", "--json"]
    words += ["--metric", "mean_gap"]
    rows = json.loads(python(tree, "-m", "tdot_core", "evaluate", *words, "--extractor", "colours"))
    assert {row["metrics"]["fd"]["name"] for row in rows} == {"FD-colour"}
    assert {row["metrics"]["mean_gap"]["name"] for row in rows} == {"Gap of means"}
    for row in rows:
        # The Fréchet distance is the squared gap of the means and something that is not negative.
        assert 0 < row["metrics"]["mean_gap"]["value"] ** 2 <= row["metrics"]["fd"]["value"]


def test_help_names_the_extractor(tree: Path) -> None:
    assert "colours" in python(tree, "-m", "tdot_core", "evaluate", "--help")


def test_the_contract_tests_take_them_up(tree: Path) -> None:
    assert contract_tests(tree, "tests/models/test_extractor_cards.py", "colours") >= 2
    assert contract_tests(tree, "tests/metrics/test_metric_contract.py", "mean_gap") >= 5


def test_the_screens_show_them(tree: Path) -> None:
    (tree / "screens.py").write_text(SCREENS)
    found = json.loads(python(tree, "screens.py").strip().splitlines()[-1])
    assert all(found.values()), found
