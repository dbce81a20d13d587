"""Zip files: read in memory, refused whole when they mean harm."""

from __future__ import annotations

import contextlib
import io
import posixpath
import stat
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from array_files import npz
from dataset_files import encode, picture, run_import, visible, write_zip
from tdot_core.errors import TdotError
from tdot_core.services.datasets import source, zipped
from tdot_core.services.datasets.decoding import BadImage
from tdot_core.services.datasets.zipped import ZipSource, open_zip

GOOD = {f"{i}.png": encode(picture(i)) for i in range(4)}


def _named(path: Path, name: str, mode: int = 0o100644) -> Path:
    """Write a zip of good images and one member with exactly this name and file mode."""
    write_zip(path, GOOD)
    with zipfile.ZipFile(path, "a") as archive:
        member = zipfile.ZipInfo("placeholder.png")
        member.filename, member.external_attr = name, mode << 16
        archive.writestr(member, encode(picture(99)))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../evil.png",
        "a/../../evil.png",
        "/evil.png",
        "C:evil.png",
        "c:\\evil.png",
        "..\\evil.png",
        "\\\\host\\evil.png",
    ],
)
def test_a_path_that_leads_out_refuses_the_zip(name: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="leads out of it"):
        run_import(_named(tmp_path / "x.zip", name))
    assert visible(cache) == [] and sorted(p.name for p in tmp_path.iterdir()) == ["cache", "x.zip"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(alphabet="ab./\\:C", min_size=1, max_size=12).map(lambda text: text + "x.png"))
def test_a_name_that_is_accepted_stays_inside(name: str, tmp_path: Path) -> None:
    path = _named(tmp_path / "x.zip", name)
    try:
        with open_zip(path, 2**30) as opened:
            assert len(opened.keys) >= len(GOOD)
    except TdotError:
        assert ".." in name or ":" in name or name[0] in "/\\"
        return
    assert name[0] not in "/\\" and not (name[0].isalpha() and name[1] == ":")
    inside = posixpath.normpath(posixpath.join("/root", name.replace("\\", "/")))
    assert inside.startswith("/root/")


def test_a_link_refuses_the_zip(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="is a link"):
        run_import(_named(tmp_path / "x.zip", "a.png", stat.S_IFLNK | 0o777))


def test_an_encrypted_zip_is_refused(tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", GOOD)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(TdotError, match="encrypted"):
        run_import(path)


def test_too_much_when_unpacked_is_refused_before_reading(tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", GOOD | {"zeros.bin": bytes(3 * 2**20)})
    with pytest.raises(TdotError, match="limit of"):
        run_import(path, max_bytes=2 * 2**20)
    assert run_import(path, max_bytes=4 * 2**20).info.n_ignored == 1


def test_bytes_really_read_are_counted_whatever_the_headers_say(tmp_path: Path) -> None:
    files = {"0.png": GOOD["0.png"], "1.png": GOOD["1.png"]}
    size = sum(map(len, files.values()))
    with zipfile.ZipFile(write_zip(tmp_path / "x.zip", files)) as archive:
        honest = {member.filename: member.file_size for member in archive.infolist()}
        for member in archive.infolist():
            member.file_size = 1
        opened = ZipSource("zip x.zip", archive, size - 1)
        for member in archive.infolist():
            member.file_size = honest[member.filename]
        assert opened.read("0.png") == files["0.png"]
        with pytest.raises(TdotError, match="limit of"):
            opened.read("1.png")


def test_a_member_that_is_read_again_counts_once(tmp_path: Path, cache: Path) -> None:
    """An npz is opened for its content, its header, its values and its pixels."""
    arrays = npz(images=np.stack([picture(i) for i in range(40)]) / 255, labels=np.arange(40) % 2)
    path = write_zip(tmp_path / "x.zip", {"deep/x.npz": arrays, "notes.txt": b"x" * 100})
    unpacked = 40 * 32 * 32 * 3 * 8 + 2000
    assert len(arrays) < unpacked
    found = run_import(path, max_bytes=unpacked, test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), [picture(i) for i in range(40)])
    assert found.labels("train").tolist() == [0, 1] * 20  # type: ignore[union-attr]
    with open_zip(write_zip(tmp_path / "y.zip", GOOD), sum(map(len, GOOD.values()))) as opened:
        for _ in range(3):
            assert {name: opened.read(name) for name in opened.keys} == GOOD


def test_a_header_that_lies_about_the_size_costs_only_its_image(tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", GOOD | {"liar.png": bytes(3 * 2**20)})
    data = path.read_bytes()
    honest = (3 * 2**20).to_bytes(4, "little")
    assert data.count(honest) == 2
    path.write_bytes(data.replace(honest, (100).to_bytes(4, "little")))
    info = run_import(path, max_bytes=2**20).info
    assert info.skipped == ("liar.png",) and info.n_train + info.n_test == 4


def test_one_enormous_image_is_skipped(tmp_path: Path, cache: Path) -> None:
    info = run_import(write_zip(tmp_path / "x.zip", GOOD | {"vast.png": bytes(65 * 2**20)})).info
    assert info.skipped == ("vast.png",)


def test_too_many_members_are_refused(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MAX_FILES", 3)
    monkeypatch.setattr(source, "MAX_FILES", 3)
    with pytest.raises(TdotError, match="more than 3 files"):
        run_import(write_zip(tmp_path / "x.zip", GOOD))


def test_a_zip_inside_is_not_opened(tmp_path: Path, cache: Path) -> None:
    inner = write_zip(tmp_path / "inner.zip", {"hidden.png": encode(picture(50))})
    info = run_import(write_zip(tmp_path / "x.zip", GOOD | {"inner.zip": inner.read_bytes()})).info
    assert info.n_ignored == 1 and info.n_train + info.n_test == 4


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bzip2_and_lzma_members_are_read(method: int, tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
    with open_zip(path, 2**30) as opened:
        assert {name: opened.read(name) for name in opened.keys} == GOOD


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_bzip2_and_lzma_inflate_to_is_bounded(method: int, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("liar.png", bytes(50 * 2**20))
    honest = (50 * 2**20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(honest, (100).to_bytes(4, "little")))
    with open_zip(path, 2**20) as opened, contextlib.suppress(BadImage):
        assert len(opened.read("liar.png")) <= 100


def test_deflate64_is_refused_by_name(tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"a.png": GOOD["1.png"]})
    data = bytearray(path.read_bytes())
    data[8] = 9
    data[data.index(b"PK\x01\x02") + 10] = 9
    path.write_bytes(data)
    with pytest.raises(TdotError, match="compressed by deflate64"):
        run_import(path)


def test_backslashes_are_separators(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "windows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in GOOD.items():
            archive.writestr(f"{'cat' if name < '2' else 'dog'}\\{name}", data)
    assert run_import(path).info.classes == ("cat", "dog")


def test_the_last_member_of_a_name_counts(tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"a.png": b"damaged"})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a.png", encode(picture(1)))
    assert run_import(path, strict=True).info.n_train == 1


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_a_broken_zip_is_refused(keep: float, tmp_path: Path, cache: Path) -> None:
    path = write_zip(tmp_path / "x.zip", GOOD)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if keep < 1 else int(keep)])
    with pytest.raises(TdotError, match="neither a folder nor a whole zip" if keep else "holds no images"):
        run_import(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=300, deadline=None)
@given(place=st.integers(0, 10**6), value=st.integers(0, 255))
def test_a_changed_byte_never_gives_another_exception(place: int, value: int, tmp_path: Path) -> None:
    path = write_zip(tmp_path / "x.zip", {"a/1.png": GOOD["1.png"], "b/2.png": GOOD["2.png"]})
    data = bytearray(path.read_bytes())
    # Weighted to the headers, where most of the structure is.
    position = place % len(data) if place % 2 else len(data) - 1 - place % 200
    data[position] = value
    path.write_bytes(data)
    try:
        with open_zip(path, 2**30) as opened:
            for name in opened.keys:
                with contextlib.suppress(BadImage):
                    assert opened.read(name) in GOOD.values()
    except TdotError as error:
        assert "x.zip" in str(error)


def test_members_of_one_name_are_said(tmp_path: Path, cache: Path) -> None:
    """The last counts, as after unpacking; what it replaces is not lost without a word."""
    with warnings.catch_warnings(), zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        warnings.simplefilter("ignore")
        for i, name in enumerate(("a/", "a/", "a/1.png", "a/1.png", "a/2.png")):
            archive.writestr(name, b"" if name.endswith("/") else encode(picture(i)))
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for i, name in enumerate(("1.png", "1.png", "2.png")):
            member = tarfile.TarInfo(name)
            member.size = len(data := encode(picture(i)))
            tar.addfile(member, io.BytesIO(data))
    for path in (tmp_path / "x.zip", tmp_path / "x.tar"):
        info = run_import(path).info
        assert info.n_train + info.n_test == 2
        assert info.notes == ("1 members have the name of a later one, which alone was read, as after unpacking.",)
    assert run_import(write_zip(tmp_path / "y.zip", GOOD)).info.notes == ()
