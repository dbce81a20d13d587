"""Deleting in two steps: runs and data sets vanish at once and can come back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.datasets import delete_dataset, hide_dataset, import_images, list_datasets, load_dataset
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, create_run, delete_run, find_run, hide_run, list_runs
from tdot_core.services.storage.trash import bring_back, destroy, forgotten, hide


def stopped_run() -> Run:
    run = create_run("ot", {"config": {}})
    write_status(run.path, RunStatus(state="stopped"))
    return run


def test_a_hidden_run_comes_back_whole(cache: Path) -> None:
    run = stopped_run()
    hidden = hide_run(run)
    assert [r for r in list_runs() if not r.shipped] == []
    with pytest.raises(TdotError, match="Unknown run"):
        find_run(run.id)
    bring_back(hidden)
    assert [r.id for r in list_runs() if not r.shipped] == [run.id]
    delete_run(run)
    assert list((cache / "runs").iterdir()) == []


def test_a_hidden_data_set_comes_back_whole(cache: Path, tmp_path: Path) -> None:
    from PIL import Image

    (tmp_path / "images").mkdir()
    for k in range(12):
        Image.new("RGB", (32, 32), (20 * k, 3, 5)).save(tmp_path / "images" / f"{k}.png")
    for name in ("mine", "yours"):
        list(import_images(tmp_path / "images", name))
    before = load_dataset("mine").images().tobytes()
    first = hide_dataset("mine")
    assert len(first) == 1 and load_dataset("yours").images().tobytes() == before
    rest = hide_dataset("yours")
    assert len(rest) == 2 and [info.name for info in list_datasets()] == ["digits"]
    for path in [*rest, *first]:
        bring_back(path)
    assert (
        load_dataset("mine").images().tobytes() == before
        and load_dataset("yours").info.id == load_dataset("mine").info.id
    )
    for name in ("mine", "yours"):
        delete_dataset(name)
    assert [info.name for info in list_datasets()] == ["digits"] and not list((cache / "datasets").rglob(".deleted*"))


def test_what_is_gone_or_taken_is_a_sentence(cache: Path) -> None:
    path = cache / "runs" / "one"
    path.mkdir(parents=True)
    hidden = hide(path)
    path.mkdir()
    with pytest.raises(TdotError, match="another one"):
        bring_back(hidden)
    destroy(hidden)
    with pytest.raises(TdotError, match="off the disk"):
        bring_back(hidden)
    path.rmdir()
    with pytest.raises(TdotError, match="deleted from elsewhere"):
        hide(path)


def test_what_nobody_came_back_for_is_found_after_an_hour(cache: Path) -> None:
    run = stopped_run()
    hidden = hide_run(run)
    assert forgotten() == []
    old = hidden.with_name(f".deleted-{int(time.time()) - 4000}-{run.id}")
    os.rename(hidden, old)
    assert forgotten() == [old]
