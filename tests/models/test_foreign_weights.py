"""A foreign network's tensors: the very ones under any set of names that means the same, else one sentence."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers import UNet2DModel
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import Tensor

from tdot_core.errors import TdotError
from tdot_core.models.foreign_denoiser import load_foreign_denoiser
from tdot_core.models.foreign_weights import PREFIXES, matched

SAFE, BIN = "diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"
INDEX = SAFE + ".index.json"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A diffusers folder with a small untrained network."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = UNet2DModel(
            sample_size=32,
            layers_per_block=1,
            block_out_channels=(8, 8),
            down_block_types=("DownBlock2D", "AttnDownBlock2D"),
            up_block_types=("AttnUpBlock2D", "UpBlock2D"),
            norm_num_groups=4,
        )
    net.save_pretrained(tmp_path / "net")
    return tmp_path / "net"


def output(folder: Path) -> Tensor:
    with torch.inference_mode():
        return load_foreign_denoiser(str(folder)).net(torch.ones(1, 3, 32, 32), torch.tensor([500]))


def theirs(folder: Path) -> Tensor:
    """What diffusers' own loading gives at its index of our t."""
    with torch.inference_mode():
        return UNet2DModel.from_pretrained(folder).eval()(torch.ones(1, 3, 32, 32), torch.tensor([499])).sample


def shards(folder: Path, change: Callable[[int, dict[str, Tensor]], dict[str, Tensor]] = lambda k, s: s) -> None:
    """Put the weights into two files and an index in place of the whole one."""
    state = load_file(folder / SAFE)
    (folder / SAFE).unlink()
    place = {name: f"part-{k % 2}.safetensors" for k, name in enumerate(sorted(state))}
    for k in range(2):
        part = {name: state[name] for name in state if place[name] == f"part-{k}.safetensors"}
        save_file(change(k, part), folder / f"part-{k}.safetensors")
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": place}))


def test_shards_come_before_a_whole_file_as_diffusers_has_it(folder: Path) -> None:
    whole = (folder / SAFE).read_bytes()
    shards(folder, lambda k, part: {name: tensor * 0.5 for name, tensor in part.items()})
    (folder / SAFE).write_bytes(whole)
    torch.testing.assert_close(output(folder), theirs(folder))


def test_a_tensor_in_two_shards_is_refused(folder: Path) -> None:
    shards(folder, lambda k, part: part | ({"conv_in.bias": torch.zeros(8)} if k else {}))
    with pytest.raises(TdotError, match="conv_in.bias lies in two of its files"):
        output(folder)


@pytest.mark.parametrize("index", [{}, {"weights": {}}, {"weight_map": {}}])
def test_an_index_that_maps_nothing_is_said_truly(folder: Path, index: dict[str, Any]) -> None:
    (folder / SAFE).unlink()
    (folder / INDEX).write_text(json.dumps(index))
    with pytest.raises(TdotError, match="must name a file beside it for every tensor, under weight_map"):
        output(folder)


def test_a_file_of_weights_is_told_by_its_content(folder: Path) -> None:
    expected, state = output(folder), load_file(folder / SAFE)
    (folder / SAFE).unlink()  # the tensors are mapped from it
    torch.save(state, folder / SAFE)
    assert torch.equal(output(folder), expected)
    (folder / SAFE).unlink()
    save_file(state, folder / BIN)
    assert torch.equal(output(folder), expected)


@pytest.mark.parametrize("name", [SAFE, BIN])
@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda path: path.write_text(LFS), "is a pointer of Git LFS: fetch the file itself"),
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9] if path.exists() else b"x"), "damaged"),
        (lambda path: torch.save(torch.nn.Linear(2, 2), path), "holds more than tensors"),
        (lambda path: torch.save({"conv_in.bias": torch.ones(8), "epoch": 3}, path), r"beside tensors, epoch \(int\)"),
        (lambda path: torch.save({"model": {"conv_in.bias": torch.ones(8)}}, path), r"beside tensors, model \(dict\)"),
        (lambda path: torch.save([torch.ones(8)], path), "holds a list"),
    ],
)
def test_a_file_that_holds_something_else_is_said_in_one_line(
    folder: Path, name: str, write: Callable[[Path], object], said: str
) -> None:
    if name == BIN:
        (folder / SAFE).unlink()
    write(folder / name)
    with pytest.raises(TdotError, match=said) as caught:
        output(folder)
    assert str(caught.value).isprintable() and "weights_only" not in str(caught.value)


def test_a_config_of_more_layers_than_there_are_tensors_is_refused_before_it_is_built(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"layers_per_block": 10**9}))
    with pytest.raises(TdotError, match="layers_per_block = 1000000000"):
        output(folder)


def test_a_config_of_wider_layers_takes_no_memory_before_the_shapes_are_compared(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"block_out_channels": [8 * 10**6] * 2}))
    with pytest.raises(TdotError, match=r"has shape .*, its config.json makes \("):
        output(folder)


def test_settings_that_diffusers_leaves_out_are_said(folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"gated": True, "_anything": 1}))
    torch.testing.assert_close(output(folder), theirs(folder))
    assert "sets gated, which diffusers' UNet2DModel does not know" in load_foreign_denoiser(str(folder)).note


@pytest.mark.parametrize(
    ("config", "said"),
    [({"sample_size": "32"}, "at size '32'"), ({"sample_size": [32, "32"]}, r"at size \[32, '32'\]")],
)
def test_a_size_that_only_looks_like_32_is_shown_as_it_is(folder: Path, config: dict[str, Any], said: str) -> None:
    whole = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(whole | config))
    with pytest.raises(TdotError, match=said):
        output(folder)


WANTED = {
    "conv_in.weight": torch.arange(24.0).reshape(2, 3, 2, 2),
    "conv_in.bias": torch.tensor([1.0, -2.0]),
    "mid.to_q.weight": torch.arange(9.0).reshape(3, 3) + 1,
    "mid.to_out.0.bias": torch.tensor([0.5, 0.25, 4.0]),
    "steps": torch.tensor(7),
}
"""Whole numbers and halves, which every floating type holds exactly."""
OLD = {"mid.to_q.weight": "mid.query.weight", "mid.to_out.0.bias": "mid.proj_attn.bias"}
State = dict[str, Tensor]


def put(name: str, change: Callable[[Tensor], Tensor]) -> Callable[[State], State]:
    return lambda s: {key: change(value) if key.endswith(name) else value for key, value in s.items()}


HARMLESS: dict[str, Callable[[State], State]] = {
    **{prefix: lambda s, prefix=prefix: {prefix + key: v for key, v in s.items()} for prefix in PREFIXES},  # type: ignore[misc]
    "half": lambda s: {key: v.half() if v.is_floating_point() else v for key, v in s.items()},
    "double": lambda s: {key: v.double() if v.is_floating_point() else v for key, v in s.items()},
    "turned": lambda s: {key: v.mT.contiguous().mT if v.ndim > 1 else v for key, v in s.items()},
    "order": lambda s: dict(reversed(s.items())),
    "old names": lambda s: {
        next((k.replace(n, o) for n, o in OLD.items() if k.endswith(n)), k): v for k, v in s.items()
    },
    "pixel": put("to_q.weight", lambda v: v[..., None, None]),
}
HARMFUL: dict[str, Callable[[State], State]] = {
    "lost": lambda s: dict(list(s.items())[1:]),
    "empty": lambda s: {},
    "extra": lambda s: s | {"more.weight": torch.ones(2)},
    "renamed": lambda s: {(key[:-1] + "q" if k == 0 else key): v for k, (key, v) in enumerate(s.items())},
    "half prefixed": lambda s: {("module." + key if k % 2 else key): v for k, (key, v) in enumerate(s.items())},
    "twice": lambda s: s | {"module." + key: v for key, v in s.items()},
    "shape": put("conv_in.weight", lambda v: v.flatten()),
    "scalar": put("conv_in.bias", lambda v: torch.tensor(1.0)),
    "nan": put("conv_in.bias", lambda v: torch.full_like(v, torch.nan)),
    "infinity": put("conv_in.weight", lambda v: v / 0),
    "whole": put("conv_in.bias", lambda v: v.to(torch.int32)),
    "broken": put("steps", lambda v: v.float()),
}


@given(
    st.lists(st.sampled_from(sorted(HARMLESS)), max_size=5), st.sampled_from(["", *sorted(HARMFUL)]), st.integers(0, 5)
)
def test_any_set_of_names_gives_the_tensors_or_one_sentence(harmless: list[str], harmful: str, at: int) -> None:
    state = dict(WANTED)
    for k, change in enumerate(harmless):
        state = HARMFUL[harmful](state) if harmful and k == at else state
        state = HARMLESS[change](state)
    if harmful and at >= len(harmless):
        state = HARMFUL[harmful](state)
    try:
        found, note = matched(WANTED, state, "it")
    except TdotError as error:
        assert harmful and "\n" not in str(error)
        return
    assert not harmful, f"{harmless} with {harmful} was read"
    assert found.keys() == WANTED.keys()
    assert all(torch.equal(found[key], WANTED[key]) and found[key].dtype == WANTED[key].dtype for key in WANTED)
    assert all(repr(prefix) in note for prefix in harmless if prefix in PREFIXES)
