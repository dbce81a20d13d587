"""`nearest` from the outside: planted copies are found, in a file and in a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tdot_core.__main__ import main
from tdot_core.services.datasets import load_dataset

DIGITS = ["--dataset", "digits", "--device", "cpu"]


def test_the_oracle_is_looked_at_in_pixels_and_features(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["nearest", "--prior", "oracle:digits", "--t-star", "5", "--steps", "1", "--n", "40", *DIGITS]
    assert main([*arguments, "--out", str(tmp_path / "pairs.png"), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["space"] for one in document["matches"]] == ["pixels", "cifar-cnn penultimate"]
    for one in document["matches"]:
        assert one["n"] == 40 and one["known"] == 1442 and len(one["closest"]) == 12
        assert all(a["distance"] <= b["distance"] for a, b in zip(one["closest"], one["closest"][1:], strict=False))
    with Image.open(tmp_path / "pairs.png") as picture:
        assert picture.size == (12 * (32 * 4 + 2) - 2, 4 * (32 * 4 + 2) - 2)


def test_copies_are_found_whatever_their_place(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = np.asarray(load_dataset("digits").images("train"))
    images = np.random.default_rng(0).integers(0, 256, (30, 32, 32, 3), dtype=np.uint8)
    images[[4, 17]] = train[[1000, 3]]
    np.savez(tmp_path / "stolen.npz", images=images)
    assert main(["nearest", "--images", str(tmp_path / "stolen.npz"), *DIGITS]) == 0
    text = capsys.readouterr().out
    assert "stolen.npz against the training images of digits" in text and "closest of 30 images is 0 from" in text
    assert main(["nearest", "--images", str(tmp_path / "stolen.npz"), *DIGITS, "--json"]) == 0
    for one in json.loads(capsys.readouterr().out)["matches"]:
        assert {(pair["image"], pair["row"]) for pair in one["closest"][:2]} == {(4, 1000), (17, 3)}


def test_all_images_are_looked_at_and_of_fewer_a_fixed_random_choice(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are often sorted; the only copies here are behind the first 200."""
    images = np.random.default_rng(0).integers(0, 256, (260, 32, 32, 3), dtype=np.uint8)
    images[200:] = load_dataset("digits").images("train")[:60]
    np.save(tmp_path / "sorted.npy", images)

    def closest(*more: str) -> tuple[dict[str, Any], str]:
        assert main(["nearest", "--images", str(tmp_path / "sorted.npy"), *DIGITS, *more, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        return document["matches"][0], document["note"]

    whole, note = closest()
    assert whole["n"] == 260 and "left out" not in note
    assert all(pair["image"] == 200 + pair["row"] and pair["distance"] == 0 for pair in whole["closest"])
    some, note = closest("--n", "100")
    assert some["n"] == 100 and "160 of 260 images were left out; which ones is one fixed random choice." in note
    assert all(pair["image"] == 200 + pair["row"] and pair["distance"] == 0 for pair in some["closest"])
    assert closest("--n", "100")[0] == some


def test_few_images_are_compared_with_as_many_test_images_as_it_takes(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The data set has 355, so none are lacking; only images that are among those taken cannot be compared with them."""
    np.save(tmp_path / "ten.npy", np.asarray(load_dataset("digits").images("train"))[:10])
    source = ["--images", str(tmp_path / "ten.npy"), *DIGITS, "--n", "10", "--json"]
    assert main(["nearest", *source]) == 0
    near = json.loads(capsys.readouterr().out)["metrics"]["ct"]
    assert main(["evaluate", *source, "--metric", "ct", "--floor"]) == 0
    floor, row = json.loads(capsys.readouterr().out)
    assert near["value"] == pytest.approx(row["metrics"]["ct"]["value"]) and near["value"] < 0  # these are copies
    for found in (near, row["metrics"]["ct"], floor["metrics"]["ct"]):
        assert found["value"] is not None and "Against 20 held-out" in found["note"]
    last = str(len(load_dataset("digits").images("test")) - 10)
    assert main(["evaluate", *source, "--metric", "ct", "--floor", "--seed", last]) == 0
    found = json.loads(capsys.readouterr().out)[0]["metrics"]["ct"]
    assert found["value"] is None
    assert "Of the 20 test images taken to compare with, only 10 are not among these themselves" in found["note"]


def test_one_image_is_refused(feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "one.npy", np.zeros((1, 32, 32, 3), np.uint8))
    assert main(["nearest", "--images", str(tmp_path / "one.npy"), *DIGITS]) == 2
    assert "holds 1 image; this takes at least 2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs --prior or --images"),
        (["--prior", "ot", "--images", "x"], "one of them"),
        (["--prior", "nonsense"], "Unknown prior 'nonsense'"),
        (["--images", "nowhere"], "no images at"),
        (["--prior", "ot", "--n", "1"], "at least 2"),
        (["--prior", "ot", "--out", "x.jpg"], "must end in .png"),
        (["--prior", "ot", "--dataset", "nowhere"], "Unknown data set"),
    ],
)
def test_mistakes_are_one_sentence(
    measuring: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["nearest", *arguments, *([] if "--dataset" in arguments else DIGITS)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and message in err.splitlines()[-1]
