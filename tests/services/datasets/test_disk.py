"""Nothing half done is ever visible: kills, full disks, two imports at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dataset_files import encode, picture, run_import, visible, write_folder
from tdot_core.errors import TdotError
from tdot_core.services.datasets import import_images, list_datasets
from tdot_core.services.datasets.disk import working_folder

PROJECT = Path(__file__).resolve().parents[3]
KILLED = """
import os, signal, sys
from pathlib import Path
from tdot_core.services.datasets import import_images
for progress in import_images(Path(sys.argv[1]), "mine"):
    if progress.phase == "writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""
NO_ROOM = """
import resource, sys
from pathlib import Path
from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.datasets import import_images
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    finish(import_images(Path(sys.argv[1]), "mine"))
except TdotError as error:
    print(error)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty flat images."""
    return write_folder(tmp_path / "set", {f"{i}.png": encode(picture(i)) for i in range(20)})


def _python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=os.environ, timeout=600)


def _leftovers(cache: Path) -> list[Path]:
    return list((cache / "datasets").glob(".import-*"))


def test_a_killed_import_shows_nothing_and_the_next_one_tidies_up(folder: Path, cache: Path) -> None:
    assert _python(KILLED, str(folder)).returncode == -signal.SIGKILL
    assert len(_leftovers(cache)) == 1
    assert [info.name for info in list_datasets()] == ["digits"]
    run_import(folder)
    assert _leftovers(cache) == []
    assert [info.name for info in list_datasets()] == ["digits", "mine"]


@pytest.mark.parametrize(("n", "limit"), [(20, 10_000), (1, 3_100)])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(n: int, limit: int, tmp_path: Path, cache: Path) -> None:
    # 20 pictures do not fit while they are collected; one does (3,072 bytes), but not its .npy file with a header.
    folder = write_folder(tmp_path / "few", {f"{i}.png": encode(picture(i)) for i in range(n)})
    result = _python(NO_ROOM, str(folder), str(limit))
    assert result.stdout.startswith("No room left") and result.stderr == ""
    assert visible(cache) == [] and _leftovers(cache) == []


def test_an_import_that_is_dropped_half_way_leaves_nothing(folder: Path, cache: Path) -> None:
    work = import_images(folder, "mine")
    next(work)
    assert len(_leftovers(cache)) == 1
    work.close()
    assert _leftovers(cache) == [] and visible(cache) == []


def test_a_running_import_is_left_alone_by_another(folder: Path, cache: Path) -> None:
    with working_folder() as first, working_folder() as second:
        assert first != second and first.is_dir() and second.is_dir()
        run_import(folder)
        assert first.is_dir() and second.is_dir()
    assert _leftovers(cache) == []


def test_a_cache_that_cannot_be_a_folder_is_one_sentence(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "file"))
    with pytest.raises(TdotError, match="TDOT_CACHE"):
        run_import(folder)
