"""The download of CIFAR-10 against a real server on this machine."""

from __future__ import annotations

import functools
import hashlib
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dataset_files import visible
from tdot_core.errors import TdotError
from tdot_core.progress import Progress, finish
from tdot_core.services.datasets import DatasetInfo, cifar10, download_cifar10, list_datasets, load_dataset
from tdot_core.services.storage.parts import part_path
from tests.cifar_site import Resuming, batches, records, serving, small_cifar, tar_of


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        return


class _BreaksOff(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000000")
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *args: Any) -> None:
        return


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web server over tmp_path/site."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    (tmp_path / "site").mkdir()
    with serving(functools.partial(_Quiet, directory=str(tmp_path / "site"))) as address:
        yield address


@pytest.fixture
def breaking_site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A web server that closes the connection before it has sent what it announced."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(_BreaksOff) as address:
        yield address


def _fetch(site: str, tmp_path: Path, data: bytes, report: Any = None) -> DatasetInfo:
    (tmp_path / "site" / "x.tar.gz").write_bytes(data)
    return finish(download_cifar10(f"{site}/x.tar.gz", hashlib.md5(data).hexdigest()), report)


def test_records_become_images_and_labels(site: str, tmp_path: Path, cache: Path) -> None:
    seen: list[Progress] = []
    info = _fetch(site, tmp_path, tar_of(batches()), seen.append)
    dataset = load_dataset("cifar10")
    assert dataset.info == info and (info.n_train, info.n_test) == (30, 6)
    assert info.classes == cifar10.CLASSES and info.source == "download from 127.0.0.1"
    train = np.concatenate([records(i) for i in range(5)])
    np.testing.assert_array_equal(dataset.labels("train"), train[:, 0])
    for split, i, record in (("train", 0, train[0]), ("train", 29, train[29]), ("test", 2, records(5)[2])):
        planes = record[1:].reshape(3, 32, 32)
        for channel in range(3):
            np.testing.assert_array_equal(dataset.images(split)[i][..., channel], planes[channel])
    assert {p.phase for p in seen} == {"downloading", "decoding", "writing"}
    assert not list(cache.rglob("*.tar.gz"))


def test_the_published_file_is_asked_for() -> None:
    assert cifar10.CIFAR10_URL == "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
    assert cifar10.CIFAR10_MD5 == "c32a1d4ab5d03f1284b67883e8d87530"


def test_no_network_says_what_to_do(cache: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/x.tar.gz"
        with pytest.raises(TdotError, match=r"cannot be downloaded .*data import FOLDER_OR_ZIP --name cifar10"):
            finish(download_cifar10(url))
    assert visible(cache) == []


def test_a_missing_page_says_what_to_do(site: str, cache: Path) -> None:
    with pytest.raises(TdotError, match=r"cannot be downloaded \(HTTP Error 404.*data import"):
        finish(download_cifar10(f"{site}/nowhere.tar.gz"))


def test_a_connection_that_breaks_off(breaking_site: str, cache: Path) -> None:
    with pytest.raises(TdotError, match=r"broke off after 100,000 of 5,000,000 bytes.*data import"):
        finish(download_cifar10(breaking_site))
    assert part_path(cifar10.CIFAR10_MD5).read_bytes() == b"x" * 100_000
    assert [info.name for info in list_datasets()] == ["digits"]


@pytest.fixture
def resuming(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[type[Resuming], str]]:
    """A web server that can go on after a byte, and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with small_cifar() as server:
        yield server


def _again(resuming: tuple[type[Resuming], str]) -> DatasetInfo:
    return finish(download_cifar10(resuming[1], hashlib.md5(resuming[0].data).hexdigest()))


@pytest.mark.parametrize("ranged", [True, False])
def test_the_next_attempt_goes_on_where_the_last_one_ended(
    ranged: bool, resuming: tuple[type[Resuming], str], cache: Path
) -> None:
    server, _ = resuming
    server.most, server.ranged = len(server.data) // 2, ranged
    with pytest.raises(TdotError, match="goes on from there"):
        _again(resuming)
    server.most = 10**9
    assert _again(resuming).n_train == 30
    assert server.asked == [None, f"bytes={len(server.data) // 2}-"]
    assert not part_path(hashlib.md5(server.data).hexdigest()).exists()


def test_leaving_in_the_middle_keeps_what_has_arrived(resuming: tuple[type[Resuming], str], cache: Path) -> None:
    server, url = resuming
    md5 = hashlib.md5(server.data).hexdigest()
    work = download_cifar10(url, md5)
    while next(work).phase != "decoding":
        pass
    work.close()
    assert part_path(md5).read_bytes() == server.data
    assert _again(resuming).n_train == 30 and server.asked == [None], "it was all there"


@pytest.mark.parametrize("kept", [b"y" * 1000, b"y" * 10**6])
def test_a_part_of_another_file_is_thrown_away(kept: bytes, resuming: tuple[type[Resuming], str], cache: Path) -> None:
    part = part_path(hashlib.md5(resuming[0].data).hexdigest())
    part.parent.mkdir()
    part.write_bytes(kept)
    with pytest.raises(TdotError, match=r"instead of|416"):
        _again(resuming)
    assert not part.exists() and _again(resuming).n_train == 30


def test_of_two_downloads_at_once_the_second_waits_and_takes_what_the_first_made(
    resuming: tuple[type[Resuming], str], cache: Path
) -> None:
    server, url = resuming
    md5 = hashlib.md5(server.data).hexdigest()
    first, second = download_cifar10(url, md5), download_cifar10(url, md5)
    assert next(first).phase == "downloading"
    assert next(second).phase == "another download is at work"
    assert finish(first) == finish(second) and server.asked == [None]


def test_a_wrong_checksum_is_refused_before_anything_is_read(site: str, tmp_path: Path, cache: Path) -> None:
    (tmp_path / "site" / "x.tar.gz").write_bytes(b"never opened")
    with pytest.raises(TdotError, match=r"with MD5 [0-9a-f]{32} instead of c32a1d4a"):
        finish(download_cifar10(f"{site}/x.tar.gz"))
    assert visible(cache) == []


def test_members_that_climb_out_or_link_are_never_written(site: str, tmp_path: Path, cache: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    evil = {"../../../evil.txt": b"x", f"{tmp_path}/absolute.txt": b"x"}
    info = _fetch(site, tmp_path, tar_of(batches() | evil))
    new = {p for p in tmp_path.rglob("*") if p not in before and cache not in p.parents}
    assert info.n_train == 30 and {p.name for p in new} == {"x.tar.gz"}
    files = batches()
    del files["cifar-10-batches-bin/test_batch.bin"]
    linked = tar_of(files, links={"cifar-10-batches-bin/test_batch.bin": "/etc/hostname"})
    with pytest.raises(TdotError, match=r"lacks test_batch\.bin"):
        _fetch(site, tmp_path, linked)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda files: files | {"b/data_batch_3.bin": b"x" * 3072}, "not a multiple"),
        (lambda files: files | {"b/data_batch_3.bin": b""}, "not a multiple"),
        (lambda files: files | {"b/data_batch_3.bin": b"\x0a" * 3073}, "label above 9"),
    ],
)
def test_another_format_is_recognised(change: Any, message: str, site: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=message):
        _fetch(site, tmp_path, tar_of(change(batches())))


@pytest.mark.parametrize("cut", [1000, 60_000, 10**9])
def test_a_damaged_archive_is_refused(cut: int, site: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match="cannot be read"):
        _fetch(site, tmp_path, tar_of(batches())[:-cut] or b"no archive at all")
    assert visible(cache) == []
