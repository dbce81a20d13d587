"""`data` from the outside: exit codes, one JSON document on stdout, one sentence on stderr."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdot_core.__main__ import main


def _images(folder: Path, n: int = 12) -> Path:
    folder.mkdir()
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    return folder


def test_import_list_delete(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "import", str(_images(tmp_path / "pics")), "--name", "pics", "--json"]) == 0
    out, err = capsys.readouterr()
    made = json.loads(out)
    assert (made["name"], made["n_train"], made["n_test"], made["source"]) == ("pics", 11, 1, "folder pics")
    assert "decoding" in err and str(tmp_path) not in out
    assert main(["data", "list", "--json"]) == 0
    assert [info["name"] for info in json.loads(capsys.readouterr().out)] == ["digits", "pics"]
    assert main(["data", "list"]) == 0
    assert made["id"] in capsys.readouterr().out
    assert main(["data", "delete", "pics", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": "pics"}
    assert main(["data", "list", "--json"]) == 0
    assert [info["name"] for info in json.loads(capsys.readouterr().out)] == ["digits"]


def test_what_was_changed_or_left_out_is_said(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = _images(tmp_path / "pics")
    Image.new("RGB", (50, 40)).save(folder / "wide.png")
    (folder / "bad.png").write_bytes(b"x")
    (folder / "notes.txt").write_text("x")
    assert main(["data", "import", str(folder), "--name", "pics"]) == 0
    out = capsys.readouterr().out
    assert "1 images were not 32x32" in out and "bad.png" in out and "1 files" in out


def test_options_reach_the_import(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(_images(tmp_path / "pics"))
    assert main(["data", "import", folder, "--name", "pics", "--test-fraction", "0.5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_test"] == 6
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32)).save(buffer, "PNG")
    import zipfile

    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.png", buffer.getvalue())
        archive.writestr("big.bin", bytes(2**21))
    assert main(["data", "import", str(tmp_path / "x.zip"), "--name", "x", "--max-gib", "0.001"]) == 2
    assert "limit of 0.001 GiB" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "{tmp}/nowhere", "--name", "x"], "Nothing to import"),
        (["import", "{tmp}", "--name", "Bad Name"], "name has 1 to 64"),
        (["import", "{tmp}/pics", "--name", "x", "--strict"], "'bad.png' cannot be used"),
        (["import", "{tmp}/pics", "--name", "x", "--test-fraction", "2"], "test_fraction"),
        (["import", "{tmp}/pics", "--name", "x", "--max-gib", "nan"], "--max-gib"),
        (["import", "{tmp}/pics"], "--name"),
        (["download", "imagenet"], "Known: cifar10"),
        (["delete", "nothing"], "Unknown data set 'nothing'"),
        (["delete", "digits"], "built in"),
        ([], "ACTION"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (_images(tmp_path / "pics", 2) / "bad.png").write_bytes(b"x")
    assert main(["data", *(word.format(tmp=tmp_path) for word in arguments)]) == 2
    out, err = capsys.readouterr()
    last = err.strip().splitlines()[-1]
    assert out == "" and last.startswith("error: ") and message in last


def test_splits_classes_and_copies_are_said(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "set").mkdir()
    for side in ("one", "two"):
        (tmp_path / "set" / side).mkdir()
        for label, n in (("cat", 2), ("dog", 1)):
            _images(tmp_path / "set" / side / label, n)
    command = ["data", "import", str(tmp_path / "set"), "--name", "x", "--split", "train=one", "--split", "test=two"]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert "train: cat 2, dog 1" in out and "test: cat 2, dog 1" in out and "3 of 3 test images are also" in out
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["class_counts"]["train"] == {"cat": 2, "dog": 1}
    assert main([*command, "--split", "val=one"]) == 2
    assert "--split is train=DIR" in capsys.readouterr().err


def test_no_test_images_may_be_held_out(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(_images(tmp_path / "pics"))
    assert main(["data", "import", folder, "--name", "x", "--test-fraction", "0", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["n_test"] == 0
