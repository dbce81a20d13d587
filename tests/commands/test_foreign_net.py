"""`--net FOLDER` from the outside, in each command that takes one: pictures, or one sentence and exit code 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDPMScheduler, UNet2DModel
from safetensors.torch import load_file, save_file

from tdot_core.__main__ import main

CHAIN = ["--t-star", "20", "--steps", "2", "--n", "4", "--device", "cpu"]
COMMANDS = {
    "sample": ["sample", *CHAIN],
    "evaluate": ["evaluate", *CHAIN, "--dataset", "digits", "--metric", "fd", "--no-floor"],
    "nearest": ["nearest", *CHAIN, "--dataset", "digits"],
}


def folder(root: Path, scheduler: dict[str, Any], **network: Any) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = UNet2DModel(
            sample_size=32,
            layers_per_block=1,
            block_out_channels=(8, 8),
            down_block_types=("DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
            **network,
        )
    net.save_pretrained(root / "pipe" / "unet")
    DDPMScheduler(**scheduler).save_pretrained(root / "pipe" / "scheduler")
    return root / "pipe"


def asked(command: str, net: Path, tmp_path: Path, *more: str) -> int:
    out = ["--out", str(tmp_path / "out.npz")] if command == "sample" else []
    prior = [] if "--prior" in more else ["--prior", "vanilla"]
    return main([*COMMANDS[command], "--net", str(net), *prior, *out, *more])


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", ["nan", "no class", "prior of another T", "lost"])
def test_what_cannot_be_walked_is_one_sentence_in_every_command(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, kind: str
) -> None:
    net = folder(
        tmp_path,
        {"num_train_timesteps": 4000} if kind == "prior of another T" else {},
        num_class_embeds=5 if kind == "no class" else None,
    )
    weights = net / "unet" / "diffusion_pytorch_model.safetensors"
    state = {name: tensor.clone() for name, tensor in load_file(weights).items()}
    if kind == "nan":
        state["conv_out.bias"] = torch.full((3,), torch.nan)
    if kind == "lost":
        del state["conv_out.bias"]
    save_file(state, weights)
    code = asked(command, net, tmp_path, *(["--prior", "ot"] if kind == "prior of another T" else []))
    said = capsys.readouterr()
    expected = {
        "nan": "holds NaN or infinity in conv_out.bias",
        "no class": "--class 0 to --class 4",
        "prior of another T": "T = 1000 and T = 4000",
        "lost": "lacks conv_out.bias",
    }[kind]
    if command == "evaluate" and kind == "prior of another T":
        # One prior that does not fit is a row that says so, beside those that do.
        assert (code, said.err.count("\n")) == (2, 1) or (code == 0 and "not measured" in said.out.lower())
        assert expected in said.out + said.err
        return
    assert code == 2 and expected in said.err and said.err.startswith("error: ") and said.err.count("\n") == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_class_is_drawn_in_every_command(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    net = folder(tmp_path, {"prediction_type": "v_prediction"}, num_class_embeds=5)
    assert asked(command, net, tmp_path, "--class", "3", "--json") == 0, capsys.readouterr().err
    assert json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_assumed_of_a_network_stands_beside_the_result_of_every_command(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """What docs/denoisers.md says of a folder without a scheduler."""
    net = folder(tmp_path, {})
    for more in ([], ["--json"]):
        assert asked(command, net, tmp_path, *more) == 0
        assert "are assumed" not in capsys.readouterr().out
    (net / "scheduler" / "scheduler_config.json").unlink()
    for more in ([], ["--json"]):
        assert asked(command, net, tmp_path, *more) == 0
        out = capsys.readouterr().out
        assert "a linear schedule of 1000 steps from 1e-4 to 0.02 and epsilon prediction are assumed" in out, more
        said = json.loads(out) if more else {}
        assert not more or "are assumed" in (said[0] if isinstance(said, list) else said)["note"]


def test_classes_draw_different_pictures(measuring: Path, tmp_path: Path) -> None:
    net = folder(tmp_path, {}, num_class_embeds=5)
    found = []
    for label in ("1", "4", "1"):
        assert asked("sample", net, tmp_path, "--class", label) == 0
        with np.load(tmp_path / "out.npz") as file:
            found.append(file[max(file.files, key=lambda name: file[name].size)])
    assert np.array_equal(found[0], found[2]) and not np.array_equal(found[0], found[1])
