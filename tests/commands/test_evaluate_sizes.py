"""Images of any size against real ones of any size, from the outside; torch-fidelity's resize and blocks are the other side."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch_fidelity.feature_extractor_inceptionv3 import BasicConv2d
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x
from torch_fidelity.metric_fid import fid_statistics_to_metric

from tdot_core.__main__ import main

N = 12


def pictures(height: int, width: int, seed: int = 0, n: int = N) -> np.ndarray:
    """Coarse squares under noise, so that a resize changes them."""
    random = np.random.default_rng(seed)
    coarse = (
        random.integers(0, 256, (n, 8, 8, 3)).repeat(-(-height // 8), 1).repeat(-(-width // 8), 2)[:, :height, :width]
    )
    return np.clip(coarse + random.integers(-40 - 9 * seed, 40, coarse.shape), 0, 255).astype(np.uint8)


def folder_of(path: Path, images: np.ndarray) -> Path:
    path.mkdir()
    for k, image in enumerate(images):
        Image.fromarray(image).save(path / f"{k:03}.png")
    return path


@pytest.fixture
def space(feature_net: Path, first_inception_layer: Path) -> list[str]:
    """The options of a feature space that takes any size, in a cache of the test's own."""
    return ["--extractor", "inception", "--weights", str(first_inception_layer), "--device", "cpu"]


@pytest.fixture
def few(feature_net: Path, tmp_path: Path) -> str:
    """A data set of 12 training and 4 test images of 32 x 32."""
    (tmp_path / "few").mkdir()
    folder_of(tmp_path / "few" / "train", pictures(32, 32, seed=2))
    folder_of(tmp_path / "few" / "test", pictures(32, 32, seed=3, n=4))
    assert main(["data", "import", str(tmp_path / "few"), "--name", "few"]) == 0
    return "few"


def rows(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["evaluate", *arguments, "--metric", "fd", "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def sentence(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main([*arguments]) == 2
    out, err = capsys.readouterr()
    (found,) = [line for line in err.splitlines() if line.startswith("error:")]
    assert out == "" and err.rstrip().endswith(found)
    return found


def expected_features(weights: Path, images: np.ndarray) -> np.ndarray:
    """The first stage as torch-fidelity computes it, from its own resize, normalisation and blocks."""
    net = nn.ModuleDict(
        {
            "Conv2d_1a_3x3": BasicConv2d(3, 32, kernel_size=3, stride=2),
            "Conv2d_2a_3x3": BasicConv2d(32, 32, kernel_size=3),
            "Conv2d_2b_3x3": BasicConv2d(32, 64, kernel_size=3, padding=1),
        }
    ).eval()
    net.load_state_dict(load_file(weights), strict=False)
    found = []
    with torch.inference_mode():
        for image in images:
            x = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float()
            x = (interpolate_bilinear_2d_like_tensorflow1x(x, size=(299, 299), align_corners=False) - 128) / 128
            for block in net.values():
                x = block(x)
            found.append(nn.functional.max_pool2d(x, 3, 2).mean(dim=(2, 3))[0].double().numpy())
    return np.stack(found)


def expected_fid(weights: Path, real: np.ndarray, fake: np.ndarray) -> float:
    both = [expected_features(weights, images) for images in (fake, real)]
    moments = [{"mu": f.mean(0), "sigma": np.cov(f, rowvar=False)} for f in both]
    return float(fid_statistics_to_metric(*moments, verbose=False)["frechet_inception_distance"])


@pytest.mark.parametrize(("height", "width"), [(64, 64), (40, 56)])
def test_pictures_of_any_size_are_at_no_distance_from_themselves(
    space: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], height: int, width: int
) -> None:
    made = folder_of(tmp_path / "made", pictures(height, width))
    statistics = tmp_path / "made.npz"
    assert main(["statistics", "--images", str(made), *space, "--out", str(statistics), "--json"]) == 0
    size = f"{width}x{height}"
    assert json.loads(capsys.readouterr().out)["size"] == size
    with np.load(statistics, allow_pickle=False) as file:
        assert str(file["size"]) == size and int(file["n"]) == N
        np.savez(tmp_path / "foreign.npz", mu=file["mu"], sigma=file["sigma"])
    for real in (
        ["--statistics", str(statistics)],
        ["--statistics", str(tmp_path / "foreign.npz")],
        ["--real", str(made)],
    ):
        (row,) = rows(capsys, "--images", str(made), *real, *space)
        assert row["metrics"]["fd"]["value"] == pytest.approx(0, abs=1e-5) and row["size"] == size
        assert "cropped" not in row["note"] and "size itself" not in row["note"]


def test_the_distance_is_torch_fidelitys_at_the_images_own_size(
    space: list[str], first_inception_layer: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real, fake = pictures(64, 64, n=70), pictures(48, 80, seed=1, n=70)
    np.savez(tmp_path / "real.npz", images=real)
    np.savez(tmp_path / "fake.npz", images=fake)
    (row,) = rows(capsys, "--images", str(tmp_path / "fake.npz"), "--real", str(tmp_path / "real.npz"), *space)
    assert row["metrics"]["fd"]["value"] == pytest.approx(expected_fid(first_inception_layer, real, fake), rel=1e-3)
    assert (row["dataset"], row["n_real"], row["size"]) == ("real.npz", 70, "80x48")
    assert row["note"] == "These images are 80 x 48 and those of real.npz 64 x 64: size itself moves the distance."


def test_metrics_that_need_features_are_measured_against_real_images_of_ones_own(
    space: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = folder_of(tmp_path / "photos", pictures(40, 40))
    np.savez(tmp_path / "fake.npz", images=pictures(40, 40, seed=1))
    arguments = ["evaluate", "--images", str(tmp_path / "fake.npz"), "--real", str(real), *space, "--json"]
    assert main([*arguments, "--metric", "recall_dist", "--metric", "coverage", "--metric", "ct"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["dataset"] == "photos/" and row["metrics"]["recall_dist"]["value"] > 0
    assert row["metrics"]["ct"]["value"] is None and "photos has no test images" in row["metrics"]["ct"]["note"]
    assert row["copies"] == ""


def test_a_data_set_and_statistics_of_one_bind_images_to_32_x_32(
    space: list[str], few: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "large.npz", images=pictures(64, 64))
    small = [np.asarray(Image.fromarray(i).resize((32, 32), Image.Resampling.BICUBIC)) for i in pictures(64, 64)]
    np.savez(tmp_path / "small.npz", images=np.stack(small))
    assert main(["statistics", "--dataset", few, *space, "--out", str(tmp_path / "of-few.npz")]) == 0
    for real in (["--dataset", few, "--no-floor"], ["--statistics", str(tmp_path / "of-few.npz")]):
        (large,) = rows(capsys, "--images", str(tmp_path / "large.npz"), *real, *space)
        (same,) = rows(capsys, "--images", str(tmp_path / "small.npz"), *real, *space)
        assert large["metrics"]["fd"]["value"] == pytest.approx(same["metrics"]["fd"]["value"], rel=1e-6)
        assert f"{N} images were not 32 x 32 and were cropped and resized." in large["note"] and "size" not in large


def test_an_extractor_of_32_x_32_takes_both_sides_so(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "large.npz", images=pictures(64, 64))
    path = str(tmp_path / "large.npz")
    (row,) = rows(capsys, "--images", path, "--real", path, "--extractor", "cifar-cnn", "--device", "cpu")
    assert row["metrics"]["fd"]["value"] == pytest.approx(0, abs=1e-5) and "size" not in row


def test_several_sizes_in_one_folder_are_one_sentence_where_they_are_kept(
    space: list[str], few: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mixed = folder_of(tmp_path / "mixed", pictures(64, 64, n=3))
    Image.fromarray(pictures(48, 64, n=1)[0]).save(mixed / "zz.png")
    one = folder_of(tmp_path / "one", pictures(64, 64, n=3))
    for arguments in (
        ["evaluate", "--images", str(mixed), "--real", str(one), *space],
        ["evaluate", "--images", str(one), "--real", str(mixed), *space],
        ["statistics", "--images", str(mixed), "--out", str(tmp_path / "x.npz"), *space],
    ):
        said = sentence(capsys, *arguments)
        assert "several sizes (000.png is 64 x 64, zz.png is 64 x 48)" in said and "at their own size" in said
    assert not (tmp_path / "x.npz").exists()
    (row,) = rows(capsys, "--images", str(mixed), "--dataset", few, "--no-floor", *space)
    assert row["n"] == 4


def test_sizes_stand_in_tables_and_exports(
    space: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = folder_of(tmp_path / "made", pictures(64, 64, n=6))
    small = folder_of(tmp_path / "small", pictures(32, 32, n=6))
    arguments = ["evaluate", "--images", str(made), "--real", str(made), "--metric", "fd", *space]
    capsys.readouterr()
    assert main(arguments) == 0
    assert "image size 64 x 64" in capsys.readouterr().out
    assert main([*arguments, "--images", str(small), "--format", "csv"]) == 0
    lines = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [line["size"] for line in lines] == ["64x64", "32x32"]
    assert main([*arguments, "--images", str(small), "--format", "markdown"]) == 0
    assert "| image size |" in capsys.readouterr().out


def test_there_is_one_real_side(space: list[str], few: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = folder_of(tmp_path / "made", pictures(64, 64, n=3))
    np.savez(tmp_path / "s.npz", mu=np.zeros(64), sigma=np.eye(64))
    images = ["evaluate", "--images", str(made), *space]
    assert "one real side" in sentence(capsys, *images, "--real", str(made), "--statistics", str(tmp_path / "s.npz"))
    assert "no images at" in sentence(capsys, *images, "--real", str(tmp_path / "gone"))
    single = folder_of(tmp_path / "single", pictures(64, 64, n=1))
    assert "single/ holds 1 real image" in sentence(capsys, *images, "--real", str(single))
    floor, own = rows(capsys, "--images", str(made), "--real", str(made), "--dataset", few, *space)
    assert (floor["prior"], own["prior"], floor["n"]) == ("real", "made", 4)
    assert "These images are 32 x 32 and those of made/ 64 x 64: size itself moves the distance." in floor["note"]


def test_a_picture_too_large_to_keep_its_size_is_left_out_and_said(
    space: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    Image.new("RGB", (2100, 2000)).save(made / "huge.png")
    said = sentence(capsys, "evaluate", "--images", str(made), "--real", str(made), *space)
    assert "2100 x 2000 pixels, more than 4 million" in said
    np.savez_compressed(tmp_path / "huge.npz", images=np.zeros((1, 2100, 2000, 3), np.uint8))
    said = sentence(capsys, "evaluate", "--images", str(tmp_path / "huge.npz"), "--real", str(made), *space)
    assert "more than 4 million pixels" in said
