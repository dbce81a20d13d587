"""Planning: without torch in the process, and for a data set of which only the statistics are here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.compute import hardware_here
from tdot_core.services.sweep.cells import Cell, cells_of
from tdot_core.services.sweep.document import checked
from tdot_core.services.sweep.identities import identities_of
from tdot_core.services.sweep.plan import planned

PROJECT = Path(__file__).resolve().parents[3]
HEAVY = ("torch", "scipy", "sklearn", "pandas")


def cells(**block: Any) -> list[Cell]:
    return cells_of(checked({"block": [{"dataset": "cifar10", **block}]}, "s"))


def test_a_plan_is_made_without_torch_in_the_process(cache: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.toml"
    file.write_text('[[block]]\nprior = ["vanilla", "gaussian"]\nt_star = [10, 20]\nn = 16\n')
    code = (
        "import sys; from tdot_core.__main__ import main; code = main(['sweep', 'plan', sys.argv[1]]); "
        f"print(code, [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], cwd=PROJECT, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    assert "4 cells, 12 nodes" in lines[0] and lines[-1] == "0 []", done.stdout + done.stderr


def test_a_process_without_torch_hears_what_torch_says() -> None:
    assert hardware_here._ask("cpu") == hardware_here._asked("cpu") == {"hardware": hardware_here.hardware_here("cpu")}
    assert hardware_here._ask("tpu") == hardware_here._asked("tpu")
    with pytest.raises(TdotError, match="Unknown device 'tpu'"):
        hardware_here.hardware_here("tpu")


def test_shipped_statistics_stand_for_a_data_set_that_is_not_here(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TDOT_ASSETS", raising=False)
    found = identities_of(cells(prior=["vanilla", "gaussian"]))
    assert found["dataset:cifar10"].startswith("shipped ")
    for needs_images in ({"prior": ["oracle"]}, {"train": [{"prior": "ot"}]}):
        with pytest.raises(TdotError, match="Unknown data set 'cifar10'"):
            identities_of(cells(**needs_images))
    monkeypatch.setenv("TDOT_ASSETS", str(cache))
    with pytest.raises(TdotError, match="Unknown data set 'cifar10'"):
        identities_of(cells(prior=["vanilla"], net="wiener"))


def test_the_file_may_name_the_processor() -> None:
    document = {"hardware": "cpu AVX2", "block": [{"prior": "vanilla", "dataset": "digits", "t_star": 20, "n": 16}]}
    assert len(planned(checked(document, "s"))[1]) == 3
