"""`--resize` from the outside: recorded, kept apart, and never mixed between two sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tdot_core.__main__ import main
from tdot_core.models.inception import InceptionExtractor
from tdot_core.progress import finish
from tdot_core.services.features.extract import extract


def pictures(seed: int, n: int = 8) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 256, (n, 8, 8, 3)).repeat(6, 1).repeat(6, 2)
    return coarse.astype(np.uint8)


@pytest.fixture
def space(feature_net: Path, first_inception_layer: Path) -> list[str]:
    return ["--extractor", "inception", "--weights", str(first_inception_layer), "--device", "cpu"]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    for k, image in enumerate(pictures(0)):
        Image.fromarray(image).save(folder / f"{k}.png")
    return folder


def evaluated(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(["evaluate", *arguments, "--metric", "fd", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    return dict(row)


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(["evaluate", *arguments]) == 2
    out, err = capsys.readouterr()
    (found,) = [line for line in err.splitlines() if line.startswith("error:")]
    assert out == ""
    return found


@pytest.mark.parametrize("resize", ["torch-fidelity", "pytorch-fid", "clean"])
def test_statistics_say_their_resize_and_two_sides_never_differ_in_it(
    space: list[str], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], resize: str
) -> None:
    file = tmp_path / "made.npz"
    assert main(["statistics", "--images", str(made), *space, "--resize", resize, "--out", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["resize"] == resize
    with np.load(file, allow_pickle=False) as found:
        assert str(found["resize"]) == resize
    both = ["--images", str(made), "--statistics", str(file), *space]
    row = evaluated(capsys, *both, "--resize", resize)
    assert row["metrics"]["fd"]["value"] == pytest.approx(0, abs=1e-5) and row["note"] == ""
    assert row.get("resize", "torch-fidelity") == resize
    other = "clean" if resize != "clean" else "pytorch-fid"
    assert f"made.npz was made with the resize of {resize}" in refused(capsys, *both, "--resize", other)
    if resize == "torch-fidelity":
        assert evaluated(capsys, *both)["metrics"] == row["metrics"]
    else:
        assert f"add --resize {resize}" in refused(capsys, *both)


def test_statistics_of_another_tool_bring_a_sentence_unless_their_resize_is_named(
    space: list[str], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "foreign.npz", mu=np.zeros(64), sigma=np.eye(64))
    both = ["--images", str(made), "--statistics", str(tmp_path / "foreign.npz"), *space]
    unsaid = evaluated(capsys, *both)
    assert "foreign.npz does not say which tool made it" in unsaid["note"] and "--resize clean" in unsaid["note"]
    named = {name: evaluated(capsys, *both, "--resize", name) for name in ("torch-fidelity", "pytorch-fid", "clean")}
    assert all(row["note"] == "" for row in named.values())
    values = [row["metrics"]["fd"]["value"] for row in named.values()]
    assert values[0] == unsaid["metrics"]["fd"]["value"] and len(set(values)) == 3
    assert main(["evaluate", *both, "--resize", "clean", "--metric", "fd"]) == 0
    assert "resize clean" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"sigma": -np.eye(64)}, "x.npz: The covariance has the negative eigenvalue -1; it is no covariance"),
        ({"sigma": np.eye(64) - np.full((64, 64), 0.5)}, "negative eigenvalue"),
        ({"mu": np.eye(64), "sigma": np.zeros(64)}, "Statistics need shapes (d,) and (d, d), found (64, 64) and (64,)"),
        ({"mu": np.zeros(2048), "sigma": np.eye(2048)}, "width 2048; inception layer 64 has 64"),
        ({"n": np.array(8), "resize": np.array("magic")}, "x.npz was made with the resize 'magic'"),
        ({"n": np.array(8), "size": np.array("banana")}, "x.npz says 'banana' for the size of its images"),
        ({"n": np.array(8), "size": np.array("0x32")}, "x.npz says '0x32'"),
    ],
)
def test_statistics_that_say_or_hold_what_none_do_are_refused(
    space: list[str],
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arrays: dict[str, np.ndarray],
    said: str,
) -> None:
    np.savez(tmp_path / "x.npz", **{"mu": np.zeros(64), "sigma": np.eye(64), **arrays})
    assert said in refused(capsys, "--images", str(made), "--statistics", str(tmp_path / "x.npz"), *space)


@pytest.mark.parametrize(
    ("extractor", "said", "sentence"),
    [
        ("inception", {"extractor": "cifar-cnn", "layer": "penultimate"}, "statistics of features of cifar-cnn and"),
        (
            "inception",
            {"extractor": "inception", "layer": "192"},
            "of inception layer 192 and this evaluation takes layer 64",
        ),
        ("inception", {"n": 8, "size": "32x32"}, "statistics of images that were not resized and"),
        (
            "cifar-cnn",
            {"extractor": "inception", "layer": "64", "resize": "clean"},
            "statistics of features of inception",
        ),
        ("cifar-cnn", {"n": 8, "size": "32x32", "resize": "torch-fidelity"}, "the resize of torch-fidelity and"),
    ],
)
def test_statistics_of_another_network_are_refused_though_their_width_fits(
    space: list[str],
    made: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    extractor: str,
    said: dict[str, Any],
    sentence: str,
) -> None:
    """The third and the fifth are what `statistics` wrote before it named the network."""
    width = {"inception": 64, "cifar-cnn": 32}[extractor]
    np.savez(tmp_path / "x.npz", mu=np.zeros(width), sigma=np.eye(width), **said)
    options = space if extractor == "inception" else ["--extractor", extractor, "--device", "cpu"]
    found = refused(capsys, "--images", str(made), "--statistics", str(tmp_path / "x.npz"), *options)
    assert "x.npz holds" in found and sentence in found and "make the statistics again" in found


def test_statistics_name_their_network_and_those_of_before_are_read(
    space: list[str], made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for options, layer, resize in ((space, "64", "torch-fidelity"), (["--device", "cpu"], "penultimate", "")):
        extractor = "inception" if resize else "cifar-cnn"
        options = options if resize else [*options, "--extractor", extractor]
        file = tmp_path / f"{extractor}.npz"
        assert main(["statistics", "--images", str(made), *options, "--out", str(file)]) == 0
        with np.load(file, allow_pickle=False) as found:
            facts = {name: found[name] for name in found.files}
        assert (str(facts["extractor"]), str(facts["layer"])) == (extractor, layer)
        assert str(facts.get("resize", "")) == resize
        for left_out in ([], ["extractor", "layer"], ["extractor", "layer", "size", "resize"]):
            np.savez(file, **{name: value for name, value in facts.items() if name not in left_out})
            row = evaluated(capsys, "--images", str(made), "--statistics", str(file), *options)
            assert "does not say which tool" not in row["note"]
            if "size" not in left_out:  # then 32 x 32 is meant, to which these images are cropped
                assert row["metrics"]["fd"]["value"] == pytest.approx(0, abs=1e-5)
    both = ["--images", str(made), "--statistics", str(tmp_path / "inception.npz")]
    assert "was made with the resize of torch-fidelity" in refused(capsys, *both, *space, "--resize", "clean")


def test_features_of_another_resize_are_kept_apart_and_those_of_old_are_found(
    cache: Path, first_inception_layer: Path
) -> None:
    weights, images = load_file(first_inception_layer), pictures(1, 3)
    own, clean = (InceptionExtractor(weights, "a" * 64, resize=name) for name in ("torch-fidelity", "clean"))
    assert own.fingerprint == "a" * 64 == InceptionExtractor(weights, "a" * 64).fingerprint != clean.fingerprint
    found = [finish(extract(images, one, ["64"]))["64"] for one in (own, clean)]
    assert found[0].path.name == f"inception-{'a' * 12}-64.npy" and found[1].path != found[0].path
    assert np.abs(found[0].array - found[1].array).max() > 1e-3
    expected = clean(images, ["64"])["64"]
    np.testing.assert_allclose(found[1].array, expected, rtol=1e-5, atol=torch.finfo(torch.float32).eps * 10)


def test_names_that_are_none_are_one_sentence(space: list[str], made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ["--images", str(made), "--real", str(made)]
    assert "Known: clean, pytorch-fid, torch-fidelity" in refused(capsys, *both, *space, "--resize", "magic")
    said = refused(capsys, *both, "--extractor", "cifar-cnn", "--resize", "clean")
    assert "cifar-cnn takes 32 x 32 as they are" in said
