"""`assets` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tdot_core.__main__ import main
from tdot_core.services.runs.store import list_runs
from tdot_core.services.storage.paths import assets_root


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[Any, str]:
    assert main(["assets", *words, "--json"]) == 0
    out, err = capsys.readouterr()
    return json.loads(out), err


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["assets", *words]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err and err.splitlines()[-1].startswith("error: ")
    return err


def test_ship_then_reference_then_list(feature_net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _json(capsys, "list")[0] == {"models": [], "references": []}
    (own,) = list_runs("cifar-cnn")
    shipped, _ = _json(capsys, "ship", own.id, "--name", "features", "--label", "Our features", "--preferred")
    assert (shipped["name"], shipped["label"], shipped["preferred"], shipped["run"]) == (
        "features",
        "Our features",
        True,
        own.id,
    )
    (made,), err = _json(capsys, "reference", "--dataset", "digits", "--extractor", "cifar-cnn", "--device", "cpu")
    assert (made["dataset"], made["layer"], made["n"], made["width"]) == ("digits", "penultimate", 1442, 32)
    assert "features 100%" in err and str(feature_net) not in json.dumps(made)
    assert (assets_root() / "references" / "digits" / made["file"]).stat().st_size == made["bytes"]
    listed, _ = _json(capsys, "list")
    assert [m["name"] for m in listed["models"]] == ["features"] and listed["references"] == [made]
    assert main(["assets", "list"]) == 0
    assert "Our features (preferred)" in capsys.readouterr().out


def test_mistakes_are_one_sentence_and_exit_code_2(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TDOT_INCEPTION", raising=False)
    assert "Unknown run 'nope'" in _refused(capsys, "ship", "nope", "--name", "x")
    (own,) = list_runs("cifar-cnn")
    assert "name is lower-case" in _refused(capsys, "ship", own.id, "--name", "../x")
    ask = ("reference", "--dataset", "digits", "--extractor")
    assert "Unknown extractor 'vgg'" in _refused(capsys, *ask, "vgg")
    assert "no layer '64'" in _refused(capsys, *ask, "cifar-cnn", "--layer", "64")
    assert "Unknown device" in _refused(capsys, *ask, "cifar-cnn", "--device", "tpu")
    assert "do not exist there" in _refused(capsys, *ask, "inception", "--weights", str(tmp_path / "none.pth"))
    assert "Unknown data set 'nope'" in _refused(capsys, "reference", "--dataset", "nope", "--extractor", "cifar-cnn")
    assert "required" in _refused(capsys, "reference", "--dataset", "digits")
    assert not assets_root().exists()


@pytest.mark.real
def test_several_inception_layers_are_made_in_one_pass(
    inception_weights: Path, feature_net: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for i in range(20):
        folder = tmp_path / "few" / ("test" if i < 2 else "train")
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    assert main(["data", "import", str(tmp_path / "few"), "--name", "few"]) == 0
    capsys.readouterr()
    ask = ("reference", "--dataset", "few", "--extractor", "inception", "--weights", str(inception_weights))
    made, err = _json(capsys, *ask, "--layer", "64", "--layer", "192")
    assert [(m["layer"], m["width"], m["n"]) for m in made] == [("64", 64, 18), ("192", 192, 18)]
    assert err.count("features 100%") == 1
    assert "Layer 2048 of inception is not measured" in _refused(capsys, *ask, "--layer", "2048")
