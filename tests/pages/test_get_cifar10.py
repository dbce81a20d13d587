"""Getting CIFAR-10 from wherever its images are missing: a download that breaks off and goes on, and a copy on disk."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.datasets import cifar10, list_datasets
from tests.cifar_site import Resuming, small_cifar
from ui.pickers import get_cifar10 as offer

Screen = Callable[..., AppTest]


def said(app: AppTest) -> str:
    return " ".join(block.value for block in [*app.markdown, *app.caption, *app.error, *app.toast])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Resuming]]:
    """A web server with a small CIFAR-10, which the button asks."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with small_cifar() as (kind, address):
        md5 = hashlib.md5(kind.data).hexdigest()
        fetch = functools.partial(cifar10.download_cifar10, address, md5)
        monkeypatch.setattr(offer, "download_cifar10", fetch)
        yield kind


def test_one_click_brings_the_images_and_the_screen_shows_them(server: type[Resuming], screen: Screen) -> None:
    app = screen("truncation")
    assert "not here" in said(app) and app.selectbox(key="images").value == "Photographs"
    server.most = len(server.data) // 2
    app.button(key="images_get_download").click().run()
    assert not app.exception and "goes on from there" in said(app), "it broke off, in one sentence"
    server.most = 10**9
    app.button(key="images_get_download").click().run()
    assert not app.exception and "is ready: 30 training images" in said(app)
    assert server.asked == [None, f"bytes={len(server.data) // 2}-"]
    assert app.selectbox(key="images").value == "cifar10" and "not here" not in said(app)


def test_a_copy_on_this_machine_does_as_well(screen: Screen, mini_zip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_ROOTS", str(mini_zip.parent))
    app = screen("truncation")
    app.text_input(key="images_copy").set_value(str(mini_zip)).run()
    app.button(key="images_copy_import").click().run()
    assert not app.exception and "2,000 training images" in said(app)
    assert [info.name for info in list_datasets()] == ["cifar10", "digits"]


@pytest.mark.parametrize(("name", "key"), [("features", "f_data"), ("sample", "sample")])
def test_it_is_offered_where_real_images_are_missing(name: str, key: str, screen: Screen) -> None:
    query = {"draw": "0"} if name == "features" else {"prior": "vanilla", "n": "4", "steps": "1"}
    app = screen(name, **query)
    assert app.button(key=f"{key}_get_download").label == "Get CIFAR-10 (170 MB)"
    assert not app.button(key=f"{key}_get_download").disabled


def test_a_read_only_app_offers_nothing_to_press(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_READONLY", "1")
    assert screen("truncation").button(key="images_get_download").disabled
