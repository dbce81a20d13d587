"""The read-only mode refuses at the service, whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.datasets import delete_dataset, download_cifar10, import_images, load_dataset
from tdot_core.services.jobs.launcher import request_stop, resume, start
from tdot_core.services.runs.doctor import mend
from tdot_core.services.runs.importing import import_runs
from tdot_core.services.runs.store import create_run, delete_run, hide_run
from tdot_core.services.storage.readonly import read_only
from tdot_core.services.training.session import create_training


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_nothing_is_trained_imported_or_deleted(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = create_run("ot", {"config": {}})
    load_dataset("digits")
    before = everything(cache)
    monkeypatch.setenv("TDOT_READONLY", "1")
    actions: list[Callable[[], object]] = [
        lambda: create_training("ot", "digits", {}, device="cpu"),
        lambda: create_run("evaluation", {}),
        lambda: start(run),
        lambda: resume(run),
        lambda: request_stop(run),
        lambda: delete_run(run),
        lambda: hide_run(run),
        lambda: import_runs(tmp_path / "x.zip"),
        lambda: list(import_images(tmp_path, "mine")),
        lambda: list(download_cifar10()),
        lambda: delete_dataset("digits"),
        lambda: mend([]),
    ]
    for action in actions:
        with pytest.raises(TdotError, match="read-only"):
            action()
    assert everything(cache) == before


@pytest.mark.parametrize(
    ("text", "on"), [("1", True), ("true", True), ("yes", True), ("0", False), ("", False), ("No", False)]
)
def test_what_turns_it_on(text: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TDOT_READONLY", text)
    assert read_only() is on
