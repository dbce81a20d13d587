"""Tar files: read without extracting, refused whole when they mean harm."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from array_files import write_tar
from dataset_files import encode, labelled_tree, picture, run_import, visible, write_folder
from tdot_core.errors import TdotError
from tdot_core.services.datasets import tarred


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_gives_what_its_folder_gives(mode: str, tmp_path: Path, cache: Path) -> None:
    files = labelled_tree() | {"__MACOSX/._x.png": b"x", "notes.md": b"x"}
    tar = run_import(write_tar(tmp_path / "x.bin", files, mode)).info
    folder = run_import(write_folder(tmp_path / "set", files)).info
    assert tar.id == folder.id and (tar.n_ignored, tar.source) == (1, "tar x.bin")


def _with(member: tarfile.TarInfo, path: Path, data: bytes = b"") -> Path:
    write_tar(path, {"a.png": encode(picture(1))})
    member.size = len(data)
    with tarfile.open(path, "a") as archive:
        archive.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("name", ["../evil.png", "a/../../evil.png", "/evil.png", "..\\evil.png", "a/.."])
def test_a_path_that_leads_out_refuses_the_tar(name: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="leads out of it"):
        run_import(_with(tarfile.TarInfo(name), tmp_path / "x.tar"))
    assert visible(cache) == [] and sorted(p.name for p in tmp_path.iterdir()) == ["cache", "x.tar"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE])
def test_links_and_devices_refuse_the_tar(kind: bytes, tmp_path: Path, cache: Path) -> None:
    member = tarfile.TarInfo("b.png")
    member.type, member.linkname = kind, "/etc/passwd"
    with pytest.raises(TdotError, match="is a link|no ordinary file"):
        run_import(_with(member, tmp_path / "x.tar"))


def test_the_limits_hold(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = write_tar(tmp_path / "x.tar.gz", {"a.png": encode(picture(1)), "b.bin": bytes(2**22)}, "w:gz")
    with pytest.raises(TdotError, match="limit of 0.000977 GiB"):
        run_import(bomb, max_bytes=2**20)
    monkeypatch.setattr(tarred, "MAX_FILES", 5)
    with pytest.raises(TdotError, match="holds more than"):
        run_import(write_tar(tmp_path / "many.tar", {f"{i}.png": b"" for i in range(6)}))


def test_a_header_that_fills_the_memory_is_refused(tmp_path: Path, cache: Path) -> None:
    header = tarfile.TarInfo("././@PaxHeader")
    header.type = tarfile.XHDTYPE
    with pytest.raises(TdotError, match="header too large"):
        run_import(_with(header, tmp_path / "x.tar", bytes(2**20)))


def test_damaged_tars_are_one_sentence(tmp_path: Path, cache: Path) -> None:
    whole = write_tar(tmp_path / "x.tar.gz", labelled_tree(), "w:gz").read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(TdotError, match="cannot be read"):
        run_import(tmp_path / "cut.tar.gz")
    plain = write_tar(tmp_path / "x.tar", labelled_tree()).read_bytes()
    (tmp_path / "cut.tar").write_bytes(plain[:20_000])
    with pytest.raises(TdotError, match=r"cannot be read|can be read"):
        run_import(tmp_path / "cut.tar", strict=True)


def _tar_of_three(path: Path) -> bytes:
    """Return a tar of three members: each one header, then its bytes filled up to whole blocks."""
    files = {f"{i}.ppm": encode(picture(i), "PPM") for i in range(3)}
    with tarfile.open(write_tar(path, files)) as archive:
        assert [member.offset for member in archive] == [0, 4096, 8192]
    return path.read_bytes()


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: whole[: 8192 + 100],
        lambda whole: whole[: 8192 + 511],
        lambda whole: whole[: 8192 + 600],
        lambda whole: whole[:4096] + bytes([whole[4096] ^ 1]) + whole[4097:],
        lambda whole: whole[:4096] + b"x" * 512 + whole[4608:],
        lambda whole: whole[:4096] + bytes(512) + whole[4608:],
    ],
    ids=["cut in a header", "cut at its end", "cut behind it", "a bit", "another header", "a hole"],
)
def test_a_tar_damaged_beyond_its_first_member_is_refused(
    damage: Callable[[bytes], bytes], pack: Callable[[bytes], bytes], tmp_path: Path, cache: Path
) -> None:
    (tmp_path / "y.tar").write_bytes(pack(damage(_tar_of_three(tmp_path / "x.tar"))))
    with pytest.raises(TdotError, match="cannot be read as a whole"):
        run_import(tmp_path / "y.tar")
    assert visible(cache) == []


@pytest.mark.parametrize("end", [0, 100, 512, 1024])
def test_a_tar_without_a_whole_end_is_read_and_said(end: int, tmp_path: Path, cache: Path) -> None:
    """Two blocks of zeros end a tar; some writers leave one or none, and a tar cut between two members looks so too."""
    whole = _tar_of_three(tmp_path / "x.tar")
    (tmp_path / "y.tar").write_bytes(whole[: 3 * 4096 + end])
    info = run_import(tmp_path / "y.tar", test_fraction=0).info
    assert info.n_train == 3 and any("without the mark" in note for note in info.notes) == (end == 0)


def test_a_webdataset_names_what_converts_it(tmp_path: Path, cache: Path) -> None:
    files = {f"{i:03}.{end}": data for i in range(3) for end, data in (("png", encode(picture(i))), ("cls", b"4"))}
    with pytest.raises(TdotError, match=r"WebDataset.*class folders"):
        run_import(write_tar(tmp_path / "x.tar", files))


def test_many_threads_read_one_tar(tmp_path: Path, cache: Path) -> None:
    files = {f"{i:04}.bmp": encode(picture(i), "BMP") for i in range(700)}
    found = run_import(write_tar(tmp_path / "x.tar", files), test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), np.stack([picture(i) for i in range(700)]))
