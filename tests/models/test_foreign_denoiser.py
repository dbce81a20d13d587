"""Foreign denoisers against diffusers' own schedulers and networks, and one sentence for what cannot be honoured."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from diffusers import DDIMPipeline, DDIMScheduler, DDPMScheduler, UNet2DModel
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from tdot_core.errors import TdotError
from tdot_core.maths.chain import walk
from tdot_core.maths.grid import time_grid
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.foreign_denoiser import load_foreign_denoiser
from tdot_core.models.foreign_schedule import read_schedule
from tests.cifar_site import serving

WEIGHTS = "diffusion_pytorch_model.safetensors"
Make = Callable[..., Path]


def network(**changes: Any) -> UNet2DModel:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return UNet2DModel(
            **{
                "sample_size": 32,
                "in_channels": 3,
                "out_channels": 3,
                "layers_per_block": 1,
                "block_out_channels": (8, 8),
                "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
                "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
                "norm_num_groups": 4,
                **changes,
            }
        )


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a diffusers folder; scheduler: its settings, None for no file; config: changes of config.json alone."""

    def write(scheduler: dict[str, Any] | None = None, config: dict[str, Any] | None = None, **changes: Any) -> Path:
        folder = tmp_path / "net"
        network(**changes).save_pretrained(folder)
        if config:
            path = folder / "config.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | config))
        if scheduler is not None:
            (folder / "scheduler_config.json").write_text(json.dumps({"_class_name": "DDPMScheduler", **scheduler}))
        return folder

    return write


SETTINGS: list[dict[str, Any]] = [
    {},
    {"prediction_type": "v_prediction"},
    {"prediction_type": "sample"},
    {"num_train_timesteps": 4000},
    {"beta_schedule": "squaredcos_cap_v2"},
    {"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"},
    {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
    {"beta_schedule": "sigmoid"},
    {"beta_start": 0.001, "beta_end": 0.01},
    {"beta_schedule": "linear", "num_train_timesteps": 200, "beta_end": 0.05},
    {"trained_betas": [0.001 + 0.0001 * k for k in range(100)], "num_train_timesteps": 100},
    {"prediction_type": "sample", "beta_schedule": "scaled_linear", "num_train_timesteps": 500},
]


def scheduler_of(setting: dict[str, Any], **changes: Any) -> DDIMScheduler:
    """Return diffusers' DDIM of these settings; the sigmoid schedule, which it lacks, with the betas of its DDPM."""
    if setting.get("beta_schedule") == "sigmoid" and setting.get("trained_betas") is None:
        betas = DDPMScheduler(**{k: v for k, v in setting.items() if k != "prediction_type"}).betas.numpy()
        setting = {k: v for k, v in setting.items() if not k.startswith("beta_")} | {"trained_betas": betas}
    return DDIMScheduler(**setting, **changes)


def levels_of(setting: dict[str, Any]) -> np.ndarray:
    """Return alpha_bar_1..T of the class that the settings name; the sigmoid schedule, which few have, of DDPM with its numbers."""
    kind = getattr(diffusers, setting.get("_class_name") or "DDPMScheduler")
    own = inspect.signature(kind.__init__).parameters
    taken = {name: own[name].default for name in ("beta_start", "beta_end", "beta_schedule", "num_train_timesteps")}
    taken |= {name: value for name, value in setting.items() if name != "_class_name"}
    taken["num_train_timesteps"] = int(taken["num_train_timesteps"])
    kind = DDPMScheduler if taken["beta_schedule"] == "sigmoid" else kind
    return np.asarray(kind(**taken).alphas_cumprod)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_images_are_those_of_diffusers_own_pipeline(setting: dict[str, Any], tmp_path: Path) -> None:
    scheduler = scheduler_of(setting, clip_sample=True, timestep_spacing="trailing")
    DDIMPipeline(network(), scheduler).save_pretrained(tmp_path / "pipe")
    theirs = DDIMPipeline.from_pretrained(tmp_path / "pipe")
    theirs.set_progress_bar_config(disable=True)
    chance = torch.Generator().manual_seed(7)
    images = theirs(2, generator=chance, num_inference_steps=10, use_clipped_model_output=True, output_type="np").images
    loaded = load_foreign_denoiser(str(tmp_path / "pipe"))
    start = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(7))
    with torch.inference_mode():
        *_, last = walk(loaded.net, start, time_grid(loaded.schedule.T, 10), loaded.schedule, clip_x0=True)
    ours = (last.x / 2 + 0.5).clamp(0, 1).permute(0, 2, 3, 1).numpy()
    assert images.std() > 0.05, "pictures of one colour would compare nothing"
    np.testing.assert_allclose(ours, images, rtol=0, atol=2e-3)  # theirs are float32 noise levels


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_a_chain_is_that_of_diffusers_own_scheduler(make: Make, setting: dict[str, Any]) -> None:
    folder = make(setting)
    loaded = load_foreign_denoiser(str(folder))
    T = loaded.schedule.T
    assert setting.get("num_train_timesteps", 1000) == T
    scheduler = scheduler_of(setting, clip_sample=False, timestep_spacing="trailing")
    scheduler.set_timesteps(10)
    grid = time_grid(T, 10)
    assert (scheduler.timesteps + 1).tolist() == grid[:-1]
    theirs = UNet2DModel.from_pretrained(folder)
    x = start = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        for t in scheduler.timesteps:
            x = scheduler.step(theirs(x, t).sample, t, x).prev_sample
        *_, last = walk(loaded.net, start, grid, loaded.schedule, clip_x0=False)
    scale = float(x.abs().max())
    torch.testing.assert_close(last.x / scale, x / scale, atol=2e-3, rtol=0)  # theirs are float32 noise levels


@pytest.mark.parametrize("place", ["beside", "scheduler", "pipeline", "sibling"])
def test_the_scheduler_is_found_wherever_diffusers_puts_it(make: Make, tmp_path: Path, place: str) -> None:
    folder = make({"prediction_type": "v_prediction", "num_train_timesteps": 300})
    config, asked = folder / "scheduler_config.json", folder
    if place == "scheduler":
        (folder / "scheduler").mkdir()
        config.rename(folder / "scheduler" / config.name)
    elif place in ("pipeline", "sibling"):
        pipe = tmp_path / "pipe"
        (pipe / "scheduler").mkdir(parents=True)
        config.rename(pipe / "scheduler" / config.name)
        folder.rename(pipe / "unet")
        asked = pipe if place == "pipeline" else pipe / "unet"
    found = load_foreign_denoiser(str(asked))
    assert (found.schedule.T, found.target, found.note) == (300, "v", "")


@pytest.mark.parametrize("layout", ["root", "pipeline"])
def test_a_hub_repository_is_read_as_the_same_folder_is(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    """In the layout of the hub's local cache, offline."""
    folder = make({"beta_schedule": "squaredcos_cap_v2", "prediction_type": "v_prediction"})
    snapshot = tmp_path / "hub" / "models--someone--something" / "snapshots" / "abc"
    (snapshot.parents[1] / "refs").mkdir(parents=True)
    (snapshot.parents[1] / "refs" / "main").write_text("abc")
    for file in folder.iterdir():
        scheduler = file.name == "scheduler_config.json"
        part = "" if layout == "root" else "scheduler" if scheduler else "unet"
        (snapshot / part).mkdir(parents=True, exist_ok=True)
        (snapshot / part / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    found, local = load_foreign_denoiser("someone/something"), load_foreign_denoiser(str(folder))
    assert (found.schedule, found.target) == (local.schedule, local.target) == (NoiseSchedule("cosine"), "v")
    x, t = torch.ones(1, 3, 32, 32), torch.tensor([500])
    with torch.inference_mode():
        assert torch.equal(found.net(x, t), local.net(x, t))


@contextmanager
def hub_of(files: dict[str, Path], failing: int) -> Iterator[str]:
    """Serve files as the hub does under /someone/something, on this machine; failing: what every scheduler gets that is not there.

    404 comes with the hub's mark of a file that its repository lacks; 0 hangs up without an answer.
    """

    class Hub(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            name = self.path.removeprefix("/someone/something/resolve/main/")
            if name not in files and "scheduler" in name and not failing:
                return
            code = 200 if name in files else failing if "scheduler" in name else 404
            self.send_response(code)
            self.send_header("X-Repo-Commit", "c" * 40)
            if code == 404:
                self.send_header("X-Error-Code", "EntryNotFound")
            if code == 200:
                self.send_header("ETag", f'"{hashlib.sha256(name.encode()).hexdigest()}"')
            self.send_header("Content-Length", str(files[name].stat().st_size if code == 200 else 0))
            self.end_headers()

        def do_GET(self) -> None:
            self.do_HEAD()
            self.wfile.write(files[self.path.removeprefix("/someone/something/resolve/main/")].read_bytes())

        def log_message(self, *words: object) -> None:
            pass

    with serving(Hub) as site:
        yield site


def asked_of_hub(patch: pytest.MonkeyPatch, cache: Path, site: str) -> None:
    """Point the hub's own client to a site and an own cache, "" for offline."""
    patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    patch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", not site)
    patch.setattr("huggingface_hub.constants.ENDPOINT", site)
    address = f"{site}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    patch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address)
    patch.setattr("time.sleep", lambda seconds: None)  # the client waits between its tries


@pytest.mark.parametrize("failing", [429, 503, 401, 0])
def test_a_scheduler_that_could_not_be_fetched_is_not_one_that_does_not_exist(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    folder = make({"prediction_type": "v_prediction"})
    files = {name: folder / name for name in ("config.json", WEIGHTS)}
    with hub_of(files, failing) as site:
        asked_of_hub(monkeypatch, tmp_path / "hub", site)
        with pytest.raises(TdotError, match=r"has a scheduler_config\.json could not be found out .* Try again"):
            load_foreign_denoiser("someone/something")
    asked_of_hub(monkeypatch, tmp_path / "hub", "")
    with pytest.raises(TdotError, match=r"has a scheduler_config\.json could not be found out .* Try again"):
        load_foreign_denoiser("someone/something")
    there = {"scheduler/scheduler_config.json": folder / "scheduler_config.json"}
    with hub_of(files | there, 404) as site:
        asked_of_hub(monkeypatch, tmp_path / "hub", site)
        assert load_foreign_denoiser("someone/something").target == "v"


def test_a_scheduler_that_the_hub_says_does_not_exist_is_assumed_offline_too(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make()
    with hub_of({name: folder / name for name in ("config.json", WEIGHTS)}, 404) as site:
        asked_of_hub(monkeypatch, tmp_path / "hub", site)
        online = load_foreign_denoiser("someone/something")
    asked_of_hub(monkeypatch, tmp_path / "hub", "")
    offline = load_foreign_denoiser("someone/something")
    assert (offline.schedule, offline.note) == (online.schedule, online.note) and "are assumed" in online.note


def test_what_is_assumed_is_said(make: Make) -> None:
    found = load_foreign_denoiser(str(make()))
    assert found.schedule == NoiseSchedule() and "are assumed" in found.note


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod."])
def test_known_prefixes_are_left_out_and_said(make: Make, prefix: str) -> None:
    folder = make({})
    before = load_foreign_denoiser(str(folder))
    state = load_file(folder / WEIGHTS)
    save_file({prefix + name: tensor for name, tensor in state.items()}, folder / WEIGHTS)
    found = load_foreign_denoiser(str(folder))
    assert all(repr(part + ".") in found.note for part in prefix.strip(".").split("."))
    x, t = torch.ones(1, 3, 32, 32), torch.tensor([9])
    with torch.inference_mode():
        assert torch.equal(found.net(x, t), before.net(x, t))


def test_attention_of_before_2023_is_read(make: Make) -> None:
    folder = make({})
    before = load_foreign_denoiser(str(folder))
    old = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}

    def renamed(name: str) -> str:
        for now, then in old.items():
            name = name.replace(now, then)
        return name

    save_file({renamed(name): tensor for name, tensor in load_file(folder / WEIGHTS).items()}, folder / WEIGHTS)
    x, t = torch.ones(1, 3, 32, 32), torch.tensor([9])
    with torch.inference_mode():
        assert torch.equal(load_foreign_denoiser(str(folder)).net(x, t), before.net(x, t))


def test_an_average_of_torch_is_read(make: Make) -> None:
    folder = make({})
    before = load_foreign_denoiser(str(folder))
    average = torch.optim.swa_utils.AveragedModel(UNet2DModel.from_pretrained(folder))
    (folder / WEIGHTS).unlink()
    torch.save(average.state_dict(), folder / "diffusion_pytorch_model.bin")
    found = load_foreign_denoiser(str(folder))
    assert "n_averaged" in found.note and "'module.'" in found.note
    x, t = torch.ones(1, 3, 32, 32), torch.tensor([9])
    with torch.inference_mode():
        assert torch.equal(found.net(x, t), before.net(x, t))


@pytest.mark.parametrize(
    ("setting", "target"), [({"predict_epsilon": True}, "eps"), ({"predict_epsilon": False}, "sample")]
)
def test_settings_of_the_first_diffusers_are_read(make: Make, setting: dict[str, Any], target: str) -> None:
    old = {"tensor_format": "pt", "timestep_values": None, "trained_betas": None, "variance_type": "fixed_large"}
    found = load_foreign_denoiser(str(make(setting | old)))
    assert (found.target, found.note) == (target, "")


def test_another_clamp_is_said(make: Make) -> None:
    assert "[-2, 2]" in load_foreign_denoiser(str(make({"clip_sample_range": 2.0}))).note
    assert load_foreign_denoiser(str(make({"clip_sample_range": 2.0, "clip_sample": False}))).note == ""


@pytest.mark.parametrize(
    ("setting", "changes", "said"),
    [
        ({}, {"time_embedding_type": "fourier"}, "other times than whole steps"),
        ({}, {"time_embedding_type": "learned", "num_train_timesteps": 100}, "t = 1000: index out of range"),
        (
            {},
            {
                "block_out_channels": (8,) * 7,
                "down_block_types": ("DownBlock2D",) * 7,
                "up_block_types": ("UpBlock2D",) * 7,
            },
            "cannot be called on 32x32",
        ),
    ],
)
def test_a_network_that_cannot_be_called_is_refused(
    make: Make, setting: dict[str, Any], changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(TdotError, match=said):
        load_foreign_denoiser(str(make(setting, **changes)))


def test_learned_times_as_many_as_steps_are_taken(make: Make) -> None:
    folder = make({"num_train_timesteps": 100}, time_embedding_type="learned", num_train_timesteps=100)
    assert load_foreign_denoiser(str(folder)).schedule.T == 100


def _sharded(folder: Path, kind: str, index: Callable[[dict[str, str]], object]) -> Path:
    state = load_file(folder / WEIGHTS)
    (folder / WEIGHTS).unlink()
    names = sorted(state)
    place = {name: f"{'ab'[k % 2]}.{kind}" for k, name in enumerate(names)}
    for file in set(place.values()):
        part = {name: state[name] for name in names if place[name] == file}
        save_file(part, folder / file) if kind == "safetensors" else torch.save(part, folder / file)
    (folder / f"diffusion_pytorch_model.{kind}.index.json").write_text(json.dumps({"weight_map": index(place)}))
    return folder


@pytest.mark.parametrize("kind", ["safetensors", "bin"])
def test_shards_are_one_network(make: Make, kind: str) -> None:
    folder = make({})
    before, x, t = load_foreign_denoiser(str(folder)), torch.ones(1, 3, 32, 32), torch.tensor([9])
    found = load_foreign_denoiser(str(_sharded(folder, kind, dict)))
    with torch.inference_mode():
        assert torch.equal(found.net(x, t), before.net(x, t))


@pytest.mark.parametrize(
    "index",
    [
        list,
        lambda m: None,
        lambda m: dict.fromkeys(m, 1),
        lambda m: m | {"x": "gone.safetensors"},
        lambda m: dict.fromkeys(m, "../a.safetensors"),
        lambda m: dict.fromkeys(m, "a\0b"),
        lambda m: dict.fromkeys(m, "a" * 5000),
        lambda m: dict.fromkeys(m, "."),
        lambda m: {},
    ],
)
def test_an_index_that_names_no_files_beside_it_is_refused(make: Make, index: Callable[[Any], object]) -> None:
    with pytest.raises(TdotError, match=r"index\.json (names weights that are not there|must name a file beside it)"):
        load_foreign_denoiser(str(_sharded(make({}), "safetensors", index)))


def test_a_scheduler_beside_a_link_is_found(make: Make, tmp_path: Path) -> None:
    folder = make({"prediction_type": "v_prediction"})
    (tmp_path / "pipe" / "scheduler").mkdir(parents=True)
    (folder / "scheduler_config.json").rename(tmp_path / "pipe" / "scheduler" / "scheduler_config.json")
    (tmp_path / "away").mkdir()
    folder.rename(tmp_path / "away" / "net")
    (tmp_path / "pipe" / "unet").symlink_to(tmp_path / "away" / "net")
    found = load_foreign_denoiser(str(tmp_path / "pipe" / "unet"))
    assert (found.target, found.note) == ("v", "")


def without(state: dict[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {key: value for key, value in state.items() if key != name}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: without(s, "conv_out.bias"), "lacks conv_out.bias"),
        (lambda s: s | {"extra": torch.ones(1)}, "beyond its config.json, extra"),
        (lambda s: s | {"conv_out.bias": torch.ones(4)}, "conv_out.bias has shape"),
        (lambda s: s | {"conv_out.bias": torch.full((3,), torch.nan)}, "NaN or infinity in conv_out.bias"),
        (lambda s: {}, "lacks"),
        (lambda s: {f"model.{k}" if k > "d" else k: v for k, v in s.items()}, "lacks"),
        (lambda s: {k: v.to(torch.int8) for k, v in s.items()}, "as torch.int8"),
        (
            lambda s: (
                s | {"time_embedding.linear_1.weight": s["time_embedding.linear_1.weight"].t().contiguous()[None]}
            ),
            "linear_1.weight has shape",
        ),
    ],
)
def test_tensors_that_are_missing_too_many_or_nan_are_named(
    make: Make, change: Callable[[Any], Any], said: str
) -> None:
    folder = make({})
    save_file(change(load_file(folder / WEIGHTS)), folder / WEIGHTS)
    with pytest.raises(TdotError) as caught:
        load_foreign_denoiser(str(folder))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda s: {k: v.to_sparse() for k, v in s.items()}, "sparse"),
        (lambda s: {k: v.to("meta") for k, v in s.items()}, "quantised, sparse and empty"),
        (lambda s: {k: v.to(torch.complex64) for k, v in s.items()}, "complex64"),
        (lambda s: {1: torch.ones(1)}, "no tensors by name"),
    ],
)
def test_a_bin_of_other_tensors_is_refused(make: Make, change: Callable[[Any], Any], said: str) -> None:
    folder = make({})
    torch.save(change(load_file(folder / WEIGHTS)), folder / "diffusion_pytorch_model.bin")
    (folder / WEIGHTS).unlink()
    with pytest.raises(TdotError, match=said):
        load_foreign_denoiser(str(folder))


def test_attention_as_a_convolution_of_one_pixel_is_read(make: Make) -> None:
    folder = make({})
    before, x, t = load_foreign_denoiser(str(folder)), torch.ones(1, 3, 32, 32), torch.tensor([9])
    state = load_file(folder / WEIGHTS)
    save_file(
        {k: v[:, :, None, None].contiguous() if ".to_" in k and v.ndim == 2 else v for k, v in state.items()},
        folder / WEIGHTS,
    )
    with torch.inference_mode():
        assert torch.equal(load_foreign_denoiser(str(folder)).net(x, t), before.net(x, t))


@pytest.mark.parametrize(
    ("beside", "refused"),
    [
        ({}, False),
        ({"timestep_spacing": "trailing"}, False),
        ({"prediction_type": "v_prediction"}, True),
        ({"num_train_timesteps": 300}, True),
    ],
)
def test_two_schedulers_must_agree(make: Make, tmp_path: Path, beside: dict[str, Any], refused: bool) -> None:
    folder = make(beside)
    (tmp_path / "scheduler").mkdir()
    (tmp_path / "scheduler" / "scheduler_config.json").write_text('{"_class_name": "DDIMScheduler"}')
    if refused:
        with pytest.raises(TdotError, match="remove the one it was not trained under"):
            load_foreign_denoiser(str(folder))
    else:
        assert load_foreign_denoiser(str(folder)).schedule == NoiseSchedule()


def test_a_learned_variance_is_left_out(make: Make) -> None:
    folder = make({"variance_type": "learned_range"}, out_channels=6)
    theirs, x, t = UNet2DModel.from_pretrained(folder), torch.ones(1, 3, 32, 32), torch.tensor([9])
    with torch.inference_mode():
        torch.testing.assert_close(load_foreign_denoiser(str(folder)).net(x, t), theirs(x, t - 1).sample[:, :3])


@pytest.mark.parametrize("size", [None, [32, 32], 32])
def test_every_way_to_say_32_is_understood(make: Make, size: Any) -> None:
    assert load_foreign_denoiser(str(make({}, config={"sample_size": size}))).net.patch == 1


def test_a_class_is_asked_for_by_number(make: Make) -> None:
    folder = make({}, num_class_embeds=5)
    theirs, x, t = UNet2DModel.from_pretrained(folder), torch.ones(2, 3, 32, 32), torch.tensor([9, 9])
    with torch.inference_mode():
        expected = theirs(x, t - 1, class_labels=torch.tensor([3, 3])).sample
        torch.testing.assert_close(load_foreign_denoiser(f"{folder}@class=3").net(x, t), expected)
    for source, said in (
        (f"{folder}", "say which, --class 0 to --class 4"),
        (f"{folder}@class=5", "from 0 to 4, found 5"),
        (f"{folder}@class=-1", "found -1"),
    ):
        with pytest.raises(TdotError, match=said):
            load_foreign_denoiser(source)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"sample_size": 64}, "at size 64x64"),
        ({"in_channels": 4}, "takes 4 channels"),
        ({"out_channels": 9}, "gives 9"),
        ({"_class_name": "UNet2DConditionModel"}, "UNet2DConditionModel"),
        ({"block_out_channels": [7, 7]}, "cannot build"),
        ({"class_embed_type": "identity"}, "class_embed_type 'identity'"),
        ({"num_class_embeds": "x"}, "cannot build|num_class_embeds"),
        ({"in_channels": None}, "channels"),
        ({"sample_size": "big"}, "size 'big'"),
        ({"sample_size": []}, "size"),
        ({"norm_eps": "x"}, "cannot be called"),
        ({"freq_shift": "a"}, "cannot be called"),
        ({"norm_eps": float("nan")}, "NaN or infinity"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_truly(make: Make, config: dict[str, Any], said: str) -> None:
    with pytest.raises(TdotError, match=said):
        load_foreign_denoiser(str(make({}, config=config)))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"thresholding": True}, "thresholding = True"),
        ({"rescale_betas_zero_snr": True}, "rescale_betas_zero_snr"),
        ({"_class_name": "FlowMatchEulerDiscreteScheduler"}, "FlowMatchEulerDiscreteScheduler"),
        ({"prediction_type": "flow"}, "predicts 'flow'"),
        ({"beta_schedule": "laplace"}, "'laplace'"),
        ({"sigma_data": 0.5}, "setting sigma_data"),
        ({"num_train_timesteps": 0}, "from 1"),
        ({"num_train_timesteps": "many"}, "is a number"),
        ({"trained_betas": [2.0]}, "above 0 and below 1"),
        ({"beta_start": True}, "is a number"),
        ({"beta_end": 1.5}, "above 0 and below 1"),
        ({"trained_betas": "x"}, "list of numbers"),
        ({"prediction_type": ["epsilon"]}, "predicts"),
        ({"predict_epsilon": "no"}, "true or false"),
        ({"predict_epsilon": False, "prediction_type": "epsilon"}, "keep the true one"),
        ({"timestep_values": [1, 2]}, "timestep_values"),
        ({"clip_sample_range": "wide"}, "is a number"),
    ],
)
def test_a_scheduler_that_cannot_be_honoured_is_refused_by_name(setting: dict[str, Any], said: str) -> None:
    with pytest.raises(TdotError, match=said):
        read_schedule(setting)


ODD = [
    "1000",
    "0.02",
    float("nan"),
    float("inf"),
    10**400,
    [],
    [0.01, 0.02],
    ["0.01"],
    [float("nan")],
    {},
    True,
    0.9999,
]
values = (
    st.none()
    | st.sampled_from(ODD)
    | st.booleans()
    | st.integers(-5, 5000)
    | st.floats(-1, 2)
    | st.sampled_from(
        [
            "linear",
            "scaled_linear",
            "sigmoid",
            "squaredcos_cap_v2",
            "epsilon",
            "sample",
            "v_prediction",
            "leading",
            "x",
            "DDPMScheduler",
            "EulerDiscreteScheduler",
            "TCDScheduler",
            "LCMScheduler",
        ]
    )
)
names = st.sampled_from(
    [
        "beta_schedule",
        "beta_start",
        "beta_end",
        "num_train_timesteps",
        "prediction_type",
        "trained_betas",
        "clip_sample",
        "clip_sample_range",
        "thresholding",
        "timestep_spacing",
        "steps_offset",
        "variance_type",
        "rescale_betas_zero_snr",
        "_class_name",
        "_diffusers_version",
        "unheard_of",
    ]
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(names, values, max_size=5))
def test_any_settings_are_those_of_diffusers_or_one_sentence(setting: dict[str, Any]) -> None:
    try:
        found = read_schedule(setting)
    except TdotError as error:
        assert str(error) and "\n" not in str(error)
        return
    taken = ("beta_schedule", "beta_start", "beta_end", "num_train_timesteps", "trained_betas", "_class_name")
    theirs = levels_of({name: setting[name] for name in taken if name in setting})
    np.testing.assert_allclose(found.schedule.alpha_bar[1:], theirs, rtol=2e-3, atol=1e-6)
    assert {"epsilon": "eps", "v_prediction": "v", "sample": "sample"}[
        setting.get("prediction_type", "epsilon")
    ] == found.target


def test_a_prior_of_another_number_of_steps_is_refused() -> None:
    from tdot_core.priors import priors

    prior = priors.get("vae")()
    with pytest.raises(TdotError, match="T = 1000 and T = 4000"):
        prior.use_schedule(NoiseSchedule("linear", 4000))
    prior.use_schedule(NoiseSchedule("linear", 1000))
    with pytest.raises(TdotError, match="alpha_bar"):
        prior.use_schedule(NoiseSchedule("custom", 1000, tuple(np.linspace(1e-4, 0.03, 1000))))
