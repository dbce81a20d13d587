"""`sample` from the outside: bytes, exit codes, one sentence for each mistake."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tdot_core.__main__ import main
from tdot_core.services.runs.store import list_runs

CHAIN = ["--t-star", "20", "--steps", "2"]


def sample(*words: object) -> int:
    return main(["sample", *[str(w) for w in words]])


def test_npz_bytes_depend_on_seeds_alone(tiny: Path, tmp_path: Path) -> None:
    """Twice, with other batch sizes and another number of workers: the same file to the byte."""
    for out, batch in (("a", "1"), ("b", "7"), ("c", "64")):
        assert (
            sample(
                "--prior", "ot", *CHAIN, "--n", 37, "--seed", 5, "--batch-size", batch, "--out", tmp_path / f"{out}.npz"
            )
            == 0
        )
    first = (tmp_path / "a.npz").read_bytes()
    assert first == (tmp_path / "b.npz").read_bytes() == (tmp_path / "c.npz").read_bytes()


def test_npz_holds_images_seeds_and_spec(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.npz"
    assert sample("--prior", "gan", "--prior", "vanilla", *CHAIN, "--n", 3, "--seed", 9, "--out", out, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    with np.load(out, allow_pickle=False) as file:
        assert file["images"].shape == (6, 32, 32, 3) and file["images"].dtype == np.uint8
        assert file["seeds"].tolist() == [9, 10, 11] * 2 and file["prior"].tolist() == ["gan"] * 3 + ["vanilla"] * 3
        spec = json.loads(str(file["spec"]))
    assert spec == report["spec"] and spec["t_star"] == 20
    text = json.dumps(spec)
    assert "batch" not in text and "/" not in text and "2026" not in text
    assert [(r["nfe"], r["nfe_prior"]) for r in report["priors"]] == [(2, 1), (2, 0)]


def test_one_prior_beside_another_gives_the_same_images(tiny: Path, tmp_path: Path) -> None:
    sample("--prior", "gan", *CHAIN, "--n", 4, "--out", tmp_path / "alone.npz")
    sample("--prior", "ot", "--prior", "gan", *CHAIN, "--n", 4, "--out", tmp_path / "both.npz")
    alone, both = (np.load(tmp_path / f"{name}.npz")["images"] for name in ("alone", "both"))
    assert np.array_equal(alone, both[4:])


def test_png_is_a_sheet(tiny: Path, tmp_path: Path) -> None:
    assert sample("--prior", "vae", "--prior", "ot", *CHAIN, "--n", 5, "--out", tmp_path / "x.png") == 0
    with Image.open(tmp_path / "x.png") as sheet:
        assert sheet.width > 5 * 32 and sheet.height > 2 * 32


def test_an_imported_set_of_fewer_images_says_that_some_repeat(
    own_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "few"
    folder.mkdir()
    for i in range(4):
        Image.fromarray(np.random.default_rng(i).integers(0, 256, (32, 32, 3), np.uint8)).save(folder / f"{i}.png")
    assert main(["data", "import", str(folder), "--name", "few-images"]) == 0
    assert sample("--prior", "imported:few-images", *CHAIN, "--n", 9, "--out", tmp_path / "x.npz") == 0
    assert "distinct images" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--prior", "no-such", *CHAIN], "Unknown prior"),
        (["--prior", "ot", "--t-star", "0"], "t_star must be"),
        (["--prior", "ot", "--t-star", "1001"], "t_star must be"),
        (["--prior", "ot", "--t-star", "10", "--steps", "11"], "n_steps"),
        (["--prior", "ot", "--t-star", "5", "--steps", "5"], "trained at t = 10"),
        (["--prior", "ot", "--t-star", "ten"], "invalid int"),
        (["--prior", "ot", *CHAIN, "--sampler", "euler"], "ddim"),
        (["--prior", "ot", *CHAIN, "--n", "0"], "at least 1"),
        (["--prior", "ot", *CHAIN, "--batch-size", "0"], "batch size"),
        (["--prior", "ot", *CHAIN, "--net", "no-such"], "Unknown denoiser"),
        (["--prior", "ot", *CHAIN, "--device", "abacus"], "auto"),
        (["--prior", "oracle", *CHAIN, "--dataset", "never"], "data set"),
        (["--prior", "ot", *CHAIN, "--colour", "red"], "--colour"),
        ([*CHAIN], "--prior"),
    ],
)
def test_a_mistake_gets_one_sentence_and_exit_code_2(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    out = tmp_path / "x.npz"
    assert sample(*words, "--out", out, "--json") == 2
    printed, err = capsys.readouterr()
    assert says in err and "Traceback" not in err and len(err.strip().splitlines()) == 1
    assert printed == "" and not out.exists()


@pytest.mark.parametrize("name", ["x.jpg", "x", "missing-folder/x.npz"])
def test_an_output_that_cannot_be_written_is_refused_before_drawing(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert sample("--prior", "ot", *CHAIN, "--out", tmp_path / name) == 2
    err = capsys.readouterr().err
    assert "--out" in err and "sampling" not in err


def damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Path]:
    """Copy the tiny ot run under another cache, beside nothing else, and return its id and folder."""
    ot, denoiser = list_runs("ot")[0], list_runs("denoiser")[0]
    for run in (ot, denoiser):
        shutil.copytree(run.path, tmp_path / "cache" / "runs" / run.id)
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "cache"))
    return ot.id, tmp_path / "cache" / "runs" / ot.id


@pytest.mark.parametrize("how", ["truncated", "missing", "garbage", "another-kind"])
def test_a_damaged_checkpoint_is_refused(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    run_id, folder = damaged(tmp_path, monkeypatch)
    weights = folder / "weights.safetensors"
    if how == "missing":
        weights.unlink()
    else:
        if how == "garbage":
            (folder / "weights.json").unlink()
        whole = weights.read_bytes()
        other = list_runs("denoiser")[0].weights_path.read_bytes()
        weights.write_bytes(
            {"truncated": whole[: len(whole) // 2], "garbage": b"\x80\x04" * 5000, "another-kind": other}[how]
        )
    assert sample("--prior", run_id, *CHAIN, "--out", tmp_path / "x.npz") == 2
    err = capsys.readouterr().err
    assert run_id in err and "Traceback" not in err and not (tmp_path / "x.npz").exists()


class _Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("option", ["--net", "--prior"])
def test_a_pth_that_carries_code_is_not_opened(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    evil = tmp_path / "evil.pth"
    torch.save({"w": _Canary(tmp_path / "executed")}, evil)
    words = {"--prior": "vanilla", option: str(evil)}
    assert sample(*[w for pair in words.items() for w in pair], *CHAIN, "--out", tmp_path / "x.npz") == 2
    assert "was not opened" in capsys.readouterr().err
    assert not (tmp_path / "executed").exists()


def test_a_weights_file_swapped_for_a_pickle_runs_nothing(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id, folder = damaged(tmp_path, monkeypatch)
    torch.save({"w": _Canary(tmp_path / "executed")}, folder / "weights.safetensors")
    (folder / "weights.json").unlink()
    assert sample("--prior", run_id, *CHAIN, "--out", tmp_path / "x.npz") == 2
    assert "safetensors" in capsys.readouterr().err and not (tmp_path / "executed").exists()


def test_a_dry_run_says_what_any_device_would_do_and_draws_nothing(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["sample", "--prior", "ot", "--prior", "gaussian", "--t-star", "20", "--steps", "4", "--sampler", "heun"]
    assert main([*words, "--n", "600", "--device", "cuda", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["device"], told["chunk"], told["chunks"]) == ("cuda", 512, 4)
    assert told["calls"] == 7 and told["forwards"] == 28  # heun: 2 n - 1 calls
    assert main([*words, "--n", "600", "--device", "cpu", "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["chunks"] == 2 * 38


def test_without_a_file_or_a_dry_run_nothing_is_drawn(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sample", "--prior", "ot", "--t-star", "20"]) == 2
    assert "--out" in capsys.readouterr().err
