"""Runs that travel: exported here, taken in there, and what is refused on the way."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.importing import import_runs
from tdot_core.services.runs.store import list_runs, runs_dir
from tdot_core.services.sampling.loading import load_prior


@pytest.fixture
def exported(tiny: Path, tmp_path: Path) -> Path:
    """The tiny ot run as a zip."""
    export_runs([list_runs("ot")[0]], tmp_path / "ot.zip")
    return tmp_path / "ot.zip"


@pytest.fixture
def elsewhere(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another, empty TDOT; the exported run comes along."""
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "elsewhere"))
    return exported


def test_a_run_draws_the_same_images_elsewhere(exported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_prior("ot").prior.sample([3, 4], 10)
    monkeypatch.setenv("TDOT_CACHE", str(exported.parent / "elsewhere"))
    (run,) = import_runs(exported)
    assert torch.equal(load_prior(run.id).prior.sample([3, 4], 10), expected)
    assert run.status().state == "done" and run.status().step == 2 and run.metrics()
    (again,) = import_runs(exported)
    assert again.id != run.id and load_file(again.weights_path).keys() == load_file(run.weights_path).keys()


@pytest.fixture
def two(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """The tiny gan and vae runs as one zip, written by the command, and another, empty TDOT."""
    ids = [list_runs(kind)[0].id for kind in ("gan", "vae")]
    assert main(["runs", "export", *ids, "--out", str(tmp_path / "two.zip"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["runs"] == ids
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "elsewhere"))
    return tmp_path / "two.zip"


def test_several_runs_travel_in_one_zip(two: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "import", str(two), "--json"]) == 0
    taken = json.loads(capsys.readouterr().out)
    assert [run["kind"] for run in taken] == ["gan", "vae"]
    assert {run.id for run in list_runs()} == {run["id"] for run in taken}
    assert all(load_prior(run["id"]).prior.sample([3], 10).shape == (1, 3, 32, 32) for run in taken)


def test_one_bad_run_among_several_keeps_all_of_them_out(two: Path) -> None:
    bad = rewritten(
        two, lambda name, data: None if name.startswith("vae") and name.endswith("tensors") else (name, data)
    )
    with pytest.raises(TdotError, match="'vae-.*no weights"):
        import_runs(bad)
    assert list(runs_dir().iterdir()) == []


def test_the_command_takes_it_in(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs", "import", str(elsewhere), "--json"]) == 0
    (taken,) = json.loads(capsys.readouterr().out)
    assert (taken["kind"], taken["state"]) == ("ot", "done")
    assert main(["runs", "import", str(elsewhere) + ".missing"]) == 2
    assert "Traceback" not in capsys.readouterr().err


def rewritten(path: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    """Copy a zip member by member through change."""
    out = path.with_name("changed.zip")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if (kept := change(name, old.read(name))) is not None:
                new.writestr(*kept)
    return out


class _Canary:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


def _spec(change: dict[str, object]) -> Callable[[str, bytes], tuple[str, bytes]]:
    return lambda name, data: (
        name,
        json.dumps({**json.loads(data), **change}).encode() if name.endswith("spec.json") else data,
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda name, data: None if name.endswith("spec.json") else (name, data), "not a run"),
        (lambda name, data: None if name.endswith("weights.safetensors") else (name, data), "no weights"),
        (lambda name, data: (name, data[: len(data) // 2] if name.endswith(".safetensors") else data), "damaged"),
        (lambda name, data: ("../" + name, data), "leads out"),
        (lambda name, data: ("/" + name, data), "leads out"),
        (lambda name, data: (name, b"[]" if name.endswith("spec.json") else data), "JSON object"),
        (_spec({"kind": "no-such"}), "Unknown thing to train"),
        (_spec({"kind": "evaluation"}), "Unknown thing to train"),
        (_spec({"config": {"width": 16, "latent": 8}}), "fit"),
        (_spec({"config": {"colour": "red"}}), "colour"),
        (_spec({"config": []}), "no settings"),
    ],
)
def test_what_is_no_whole_run_is_refused_and_leaves_nothing(
    elsewhere: Path, change: Callable[[str, bytes], tuple[str, bytes] | None], says: str
) -> None:
    with pytest.raises(TdotError, match=says):
        import_runs(rewritten(elsewhere, change))
    assert list(runs_dir().iterdir()) == []


def test_weights_that_carry_code_are_not_run(elsewhere: Path, tmp_path: Path) -> None:
    torch.save({"w": _Canary(tmp_path / "executed")}, tmp_path / "evil.pth")
    evil = (tmp_path / "evil.pth").read_bytes()

    def swapped(name: str, data: bytes) -> tuple[str, bytes] | None:
        if name.endswith("weights.json"):
            return None
        return name, evil if name.endswith(".safetensors") else data

    with pytest.raises(TdotError):
        import_runs(rewritten(elsewhere, swapped))
    assert not (tmp_path / "executed").exists() and list(runs_dir().iterdir()) == []


def test_links_bombs_and_garbage_are_refused(elsewhere: Path, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("run/spec.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/spec.json", "{}")
        with archive.open("run/weights.safetensors", "w", force_zip64=True) as member:
            for _ in range(65):
                member.write(bytes(2**24))
    (tmp_path / "garbage.zip").write_bytes(b"PK\x03\x04" + bytes(1000))
    for name, says in (("link", "leads out"), ("bomb", "unpacks beyond"), ("garbage", "not a whole zip")):
        with pytest.raises(TdotError, match=says):
            import_runs(tmp_path / f"{name}.zip")
    assert not runs_dir().exists() or list(runs_dir().iterdir()) == []


def test_a_damaged_lzma_member_is_refused_and_leaves_nothing(elsewhere: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("run/spec.json", json.dumps({"kind": "ot", "padding": list(range(3000))}))
    content = bytearray(path.read_bytes())
    content[60:400] = bytes(255 - byte for byte in content[60:400])
    path.write_bytes(bytes(content))
    with pytest.raises(TdotError):
        import_runs(path)
    assert list_runs("ot") == []
