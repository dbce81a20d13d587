"""A prior in one new file: the commands, the contract tests and the screens find it with no other edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project_copy import contract_tests, project_copy, python

NEW_PRIOR = '''
"""The `constant` prior: the mean image of its data, noised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from tdot_core.config import setting
from tdot_core.maths.streams import normal
from tdot_core.errors import TdotError
from tdot_core.models.fitting import ImageData
from tdot_core.priors.base import IMAGE_SHAPE, Prior
from tdot_core.progress import Progress


class ConstantPrior(Prior):
    """Draw sqrt(ab_t) m + sqrt(1 - ab_t) z around the mean image m."""

    key = "constant"
    label = "Constant"
    summary = "The mean image of the data, noised"
    formula = r"x_t = \\sqrt{\\bar\\alpha_t}\\,m + \\sqrt{1-\\bar\\alpha_t}\\,z"
    explanation = "One image for all seeds."
    reference = "ho2020"
    any_t = True
    order = 90

    @dataclass(frozen=True)
    class Config:
        """What can be chosen."""

        brightness: float = setting(0.125, "added to the mean image", low=-1.0, high=1.0, step=0.125)

    mean: Tensor | None = None

    def fit(
        self, data: ImageData, config: Any, generator: torch.Generator, resume: Mapping[str, Tensor] | None = None
    ) -> Iterator[Progress]:
        self.config = config
        self.mean = data.x0(torch.arange(len(data))).mean(0) + config.brightness
        yield Progress(1, 1, {})

    def sample(self, seeds: Sequence[int], t: int) -> Tensor:
        if self.mean is None:
            raise TdotError("The constant prior is not trained yet: fit it first.")
        ab = float(self.schedule.alpha_bar[t])
        return ab**0.5 * self.mean + (1 - ab) ** 0.5 * normal(seeds, "z", IMAGE_SHAPE)

    def weights(self) -> dict[str, Tensor]:
        return {} if self.mean is None else {"mean": self.mean}

    def load_weights(self, tensors: Mapping[str, Tensor]) -> None:
        self.mean = tensors["mean"]
'''

SCREENS = """
import json
from streamlit.testing.v1 import AppTest

found = {}
for page in ("pages/priors.py", "pages/sample.py", "pages/evaluate.py", "pages/method.py"):
    app = AppTest.from_file("app.py", default_timeout=600).run()
    app.switch_page(page).run()
    assert not app.exception, app.exception
    options = [str(o) for widget in [*app.selectbox, *app.multiselect, *app.button_group] for o in widget.options]
    text = [element.value for element in [*app.markdown, *app.caption, *app.subheader]]
    found[page] = any("Constant" in entry or "The mean image of the data, noised" in entry for entry in [*options, *text])
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, tiny_models: Path) -> Path:
    """A copy of the project with one more file, beside a cache that has a denoiser."""
    root = project_copy(tmp_path_factory.mktemp("project"), tiny_models / "cache")
    (root / "tdot_core" / "priors" / "constant.py").write_text(NEW_PRIOR)
    return root


@pytest.fixture(scope="module")
def trained(tree: Path) -> str:
    """The id of a run of the new prior."""
    made = json.loads(
        python(tree, "-m", "tdot_core", "train", "constant", "--dataset", "digits", "--brightness", "0.25", "--json")
    )
    assert made["state"] == "done"
    return str(made["run"])


@pytest.mark.usefixtures("trained")
def test_it_is_trained_and_sampled_from_the_command_line(tree: Path) -> None:
    words = ["sample", "--prior", "constant", "--t-star", "300", "--steps", "2", "--n", "2", "--out", "x.npz", "--json"]
    report = json.loads(python(tree, "-m", "tdot_core", *words))
    assert report["priors"][0]["prior"] == "constant" and (tree / "x.npz").exists()


def test_the_contract_tests_take_it_up(tree: Path) -> None:
    assert contract_tests(tree, "tests/priors/test_contract.py", "constant") >= 8


@pytest.mark.usefixtures("trained")
def test_the_screens_show_it(tree: Path) -> None:
    (tree / "screens.py").write_text(SCREENS)
    found = json.loads(python(tree, "screens.py").strip().splitlines()[-1])
    assert all(found.values()), found
