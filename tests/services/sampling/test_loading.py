"""Naming priors and denoisers, and opening only what is safe."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from diffusers import DDPMScheduler, UNet2DModel

from tdot_core.errors import TdotError
from tdot_core.services.runs.checkpoints import load_weights, write_tensors
from tdot_core.services.runs.store import list_runs
from tdot_core.services.sampling.loading import load_net, load_prior, waiting_net
from tdot_core.services.storage.paths import project_root


def test_unknown_names_list_the_known_ones(tiny: Path) -> None:
    with pytest.raises(TdotError, match="gaussian"):
        load_prior("no-such-prior")
    with pytest.raises(TdotError, match="denoiser-"):
        load_net("no-such-net")
    for name in ("../../etc/passwd", "", "CON", "\U0001f600" * 2000, "a" * 5000, "ot\0"):
        with pytest.raises(TdotError):
            load_prior(name)


def test_a_shipped_run_named_like_its_key_is_listed_once(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path))
    shutil.copytree(list_runs("ot")[0].path, tmp_path / "models" / "ot")
    with pytest.raises(TdotError) as caught:
        load_prior("no-such-prior")
    known = str(caught.value).split("Known: ")[1].rstrip(".").split(", ")
    assert "ot" in known and len(known) == len(set(known))


def test_a_run_of_another_kind_is_named_as_such(tiny: Path) -> None:
    run = list_runs("denoiser")[0]
    with pytest.raises(TdotError, match="is a denoiser run"):
        load_prior(run.id)


def test_a_key_and_its_run_are_the_same_prior(tiny: Path) -> None:
    run = list_runs("ot")[0]
    assert load_prior("ot").fingerprint == load_prior(run.id).fingerprint
    assert load_prior("ot").t_train == 10 and load_prior("vanilla").t_train is None


def test_no_data_set_says_what_to_import(tiny: Path) -> None:
    with pytest.raises(TdotError, match="data"):
        load_prior("oracle:never-imported")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder with an untrained 32x32 network and its scheduler."""
    folder = tmp_path_factory.mktemp("foreign")
    torch.manual_seed(0)
    net = UNet2DModel(
        sample_size=32,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=(32, 32),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        norm_num_groups=8,
    )
    net.save_pretrained(folder)
    DDPMScheduler(1000, beta_schedule="linear").save_pretrained(folder)
    return folder


def test_a_diffusers_folder_sees_time_shifted_by_one(foreign: Path) -> None:
    """diffusers' index t - 1 carries t noising steps: our t = 1 is its 0."""
    loaded = load_net(str(foreign))
    x = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    theirs = UNet2DModel.from_pretrained(foreign)
    with torch.inference_mode():
        for t in (1, 500, 1000):
            expected = theirs(x, torch.tensor([t - 1, t - 1])).sample
            assert torch.allclose(loaded.net(x, torch.tensor([t, t])), expected, atol=1e-5)
    assert loaded.schedule.alpha_bar[1] == pytest.approx(float(DDPMScheduler(1000).alphas_cumprod[0]), rel=1e-6)


@pytest.mark.parametrize(
    ("change", "message"), [({"prediction_type": "flow"}, "epsilon"), ({"beta_end": 1.5}, "schedule")]
)
def test_a_foreign_scheduler_that_does_not_fit_is_refused(
    foreign: Path, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    for file in foreign.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    path = tmp_path / "scheduler_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(TdotError, match=message):
        load_net(str(tmp_path))


@pytest.mark.parametrize(
    "change",
    [
        {"freq_shift": 1},
        {"flip_sin_to_cos": False},
        {"attention_head_dim": 4},
        {"norm_eps": 0.1},
        {"norm_num_groups": 4},
        {"act_fn": "gelu"},
        {"center_input_sample": True},
        {"downsample_padding": 0},
        {"mid_block_scale_factor": 2},
        {"sample_size": None},
        {"sample_size": [32, 32]},
        {"dropout": 0.5},
        {"norm_eps": 1e-5},  # as diffusers takes it unasked
    ],
    ids=str,
)
def test_a_setting_that_changes_what_a_foreign_network_gives_changes_its_fingerprint(
    foreign: Path, tmp_path: Path, change: dict[str, object]
) -> None:
    """Images are kept under it, and no tensor differs here: diffusers itself says whether the answer does."""
    shutil.copytree(foreign, tmp_path / "net")
    path = tmp_path / "net" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    x, t = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)), torch.tensor([499])
    with torch.inference_mode():
        one, other = (UNet2DModel.from_pretrained(folder).eval()(x, t).sample for folder in (foreign, tmp_path / "net"))
    same = load_net(str(foreign)).fingerprint == load_net(str(tmp_path / "net")).fingerprint
    assert same == torch.equal(one, other)


class _Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_bin_file_that_carries_code_is_refused_and_does_not_run(foreign: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((foreign / "config.json").read_bytes())
    torch.save({"w": _Canary(tmp_path / "executed")}, tmp_path / "diffusion_pytorch_model.bin")
    with pytest.raises(TdotError, match="No diffusers UNet2DModel"):
        load_net(str(tmp_path))
    assert not (tmp_path / "executed").exists()


def test_a_hub_id_without_network_says_what_to_give(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(TdotError, match="hub id with network access"):
        load_net("nobody/no-such-model-anywhere")


def test_a_waiting_denoiser_is_known_before_it_is_built(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, waiting = load_net(), waiting_net()
    assert (waiting.id, waiting.schedule, waiting.fingerprint) == (whole.id, whole.schedule, whole.fingerprint)
    x, t = torch.zeros(2, 3, 32, 32), torch.tensor([5, 9])
    with torch.inference_mode():
        assert torch.equal(waiting.net(x, t), whole.net(x, t)) and waiting.net is waiting.net
    later = waiting_net()
    monkeypatch.setattr("tdot_core.services.sampling.loading.load_weights", lambda path: {"nonsense": torch.zeros(1)})
    with pytest.raises(TdotError):
        _ = later.net
    with pytest.raises(TdotError, match="Unknown denoiser 'nonsense'"):
        waiting_net("nonsense")


def test_a_waiting_denoiser_is_not_built_from_other_weights_than_it_is_known_by(own_models: Path) -> None:
    (run,) = list_runs("denoiser")
    waiting = waiting_net()
    other = {name: tensor + 1 for name, tensor in load_weights(run.path).items()}
    facts = json.loads((run.path / "weights.json").read_text())
    (run.path / "weights.json").write_text(json.dumps(facts | {"sha256": write_tensors(run.weights_path, other)}))
    with pytest.raises(TdotError, match="were replaced"):
        _ = waiting.net
    _ = waiting_net().net


@pytest.fixture
def bf16_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let bf16 run emulated where the processor lacks it: slow, and the same numbers to its three digits."""
    monkeypatch.setattr("tdot_core.models.precision.has_bf16", lambda device: True)


@pytest.mark.usefixtures("bf16_anywhere")
def test_a_denoiser_in_bf16_is_another_one_close_to_it(tiny: Path) -> None:
    exact, near, waiting = load_net(), load_net(precision="bf16"), waiting_net(precision="bf16")
    assert (exact.precision, near.precision, waiting.precision) == ("fp32", "bf16", "bf16")
    assert exact.fingerprint != near.fingerprint == waiting.fingerprint
    x, t = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0)), torch.tensor([5, 900])
    with torch.inference_mode():
        whole, low = exact.net(x, t), near.net(x, t)
        assert torch.equal(waiting.net(x, t), low)
    assert low.dtype == torch.float32
    assert 0 < float((low - whole).norm() / whole.norm()) < 0.02


@pytest.mark.usefixtures("bf16_anywhere")
def test_a_foreign_denoiser_in_bf16_is_another_one_too(foreign: Path) -> None:
    assert load_net(str(foreign)).fingerprint != load_net(str(foreign), precision="bf16").fingerprint


def test_a_precision_that_cannot_be_had_is_refused_before_anything_is_read(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tdot_core.models.precision.has_bf16", lambda device: False)
    for load in (load_net, waiting_net):
        with pytest.raises(TdotError, match="does not compute in bf16.*fp32"):
            load(precision="bf16")
        with pytest.raises(TdotError, match="Unknown precision 'fp8'"):
            load(precision="fp8")


def test_shipped_priors_keep_the_fingerprints_that_the_shipped_table_names() -> None:
    """Settings that objectives and priors gained later are left out of the hash where they say what runs did before."""
    from tdot_core.config import identity, recorded_config
    from tdot_core.priors import priors
    from tdot_core.services.runs.store import list_runs

    then = {"gaussian": "GaussianConfig", "vae": "VaeConfig", "gan": "LearnedConfig", "ot": "OtConfig"}
    rows = csv.DictReader((project_root() / "assets" / "benchmark.csv").open(encoding="utf-8"))
    named = {row["run"] for row in rows}
    runs = [run for run in list_runs() if run.id in named and run.kind in priors.all()]
    assert {"ot", "gan", "vae"} <= {run.kind for run in runs}
    for run in runs:
        names = [f"{name}={value!r}" for name, value in run.config.items()]
        found = identity(recorded_config(priors.get(run.kind).Config, run.config))
        assert found == f"{then[run.kind]}({', '.join(names)})", run.id
