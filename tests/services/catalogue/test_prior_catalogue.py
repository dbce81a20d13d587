"""The catalogue read from sources against the registry that imports them, and what can be sampled now."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.priors import priors
from tdot_core.services.catalogue.priors import TEXTS, attribute, prior_catalogue, prior_choices, read_classes
from tdot_core.services.sampling.loading import load_prior

PROJECT = Path(__file__).resolve().parents[3]


def test_the_catalogue_says_what_the_registered_classes_say() -> None:
    registered = [
        (*(getattr(cls, name) for name in TEXTS), cls.order, cls.any_t, cls.trainable, cls.needs_data)
        for cls in priors.all().values()
    ]
    assert [tuple(vars(info).values()) for info in prior_catalogue()] == registered
    assert len(registered) >= 7


def test_catalogue_and_choices_need_no_torch(cache: Path) -> None:
    code = (
        "import sys; from tdot_core.services.catalogue.priors import *; assert len(prior_catalogue()) >= 7; prior_choices();"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_attributes_are_inherited_across_files_and_computed_ones_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class Base:\n    order: int = 3\n    flag = True\n    made = len('x')\n")
    (tmp_path / "b.py").write_text("from a import Base\nclass Child(Base):\n    key = 'child'\n    flag = False\n")
    classes = read_classes(tmp_path)
    found = [attribute(classes, "Child", name, "missing") for name in ("key", "flag", "order", "made", "other")]
    assert found == ["child", False, 3, "missing", "missing"]


def test_every_choice_can_be_loaded_and_says_the_truth_about_it(tiny: Path) -> None:
    choices = prior_choices()
    assert [choice.key for choice in choices] == ["vanilla", "gaussian", "vae", "gan", "ot", "oracle", "imported"]
    for choice in choices:
        loaded = load_prior(choice.name)
        assert (loaded.key, loaded.t_train, loaded.label) == (
            choice.key,
            choice.t_train,
            choice.label.partition(" (")[0],
        )
        assert choice.dataset == ("" if choice.key == "vanilla" else "digits")


def test_without_models_and_data_sets_only_what_needs_nothing_is_there(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(cache / "none"))
    assert [choice.name for choice in prior_choices()] == ["vanilla"]


def test_what_is_shown_of_a_class_must_be_a_literal(tmp_path: Path) -> None:
    (tmp_path / "euler.py").write_text('class Euler(Sampler):\n    key = "euler"\n    label = f"Euler {1}"\n')
    with pytest.raises(TdotError, match="label of Euler is computed"):
        read_classes(tmp_path)
