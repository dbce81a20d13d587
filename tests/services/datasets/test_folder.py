"""Folders with links, and names that are nearly the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataset_files import encode, picture, run_import, write_folder, write_zip
from tdot_core.errors import TdotError


def _tree(root: Path) -> Path:
    return write_folder(
        root, {f"{label}/{i}.png": encode(picture(10 * k + i)) for k, label in enumerate("ab") for i in (1, 2)}
    )


def test_a_linked_class_folder_is_followed_inside_the_allowed_roots(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = _tree(tmp_path / "set"), write_folder(tmp_path / "other", {"1.png": encode(picture(99))})
    (folder / "c").symlink_to(other)
    monkeypatch.setenv("TDOT_ROOTS", str(tmp_path))
    assert run_import(folder).info.classes == ("a", "b", "c")
    monkeypatch.setenv("TDOT_ROOTS", str(folder))
    info = run_import(folder).info
    assert info.classes == ("a", "b") and "1 links were not followed" in info.notes[0] and "'c'" in info.notes[0]


def test_a_link_to_a_file_outside_the_allowed_folders_is_not_followed(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = _tree(tmp_path / "set"), write_folder(tmp_path / "other", {"1.png": encode(picture(99))})
    (folder / "a" / "mine.png").symlink_to(other / "1.png")
    monkeypatch.setenv("TDOT_ROOTS", str(tmp_path))
    before = run_import(folder).info
    monkeypatch.setenv("TDOT_ROOTS", str(folder))
    after = run_import(folder).info
    assert after.n_train + after.n_test == before.n_train + before.n_test - 1
    assert (
        before.notes == () and after.notes[0].startswith("1 links were not followed") and "a/mine.png" in after.notes[0]
    )


def test_links_in_a_circle_end(tmp_path: Path, cache: Path) -> None:
    folder = _tree(tmp_path / "set")
    (folder / "a" / "up").symlink_to(folder)
    (folder / "a" / "b").symlink_to(folder / "b")
    (folder / "b" / "a").symlink_to(folder / "a")
    info = run_import(folder).info
    assert info.classes == ("a", "b") and "not followed" in info.notes[0]


def test_links_that_lead_nowhere_or_to_themselves_are_said(tmp_path: Path, cache: Path) -> None:
    folder = _tree(tmp_path / "set")
    (folder / "a" / "self.png").symlink_to("self.png")
    (folder / "b" / "to.png").symlink_to("fro.png")
    (folder / "b" / "fro.png").symlink_to("to.png")
    (folder / "b" / "gone.png").symlink_to("nothing.png")
    info = run_import(folder).info
    assert (info.n_train + info.n_test, info.skipped) == (4, ("b/gone.png",))
    assert "3 links were not followed" in info.notes[0] and "a/self.png" in info.notes[0]


@pytest.mark.parametrize("name", ["labels.csv", "metadata.jsonl", "train.TSV", "labels.xlsx"])
def test_a_table_beside_the_images_is_said(name: str, tmp_path: Path, cache: Path) -> None:
    folder = write_folder(tmp_path / "set", {"x/1.png": encode(picture(1)), "2.png": encode(picture(2)), name: b"a,b"})
    info = run_import(folder).info
    assert info.n_ignored == 1 and f"are not read: {name}." in " ".join(info.notes)


def test_images_without_an_ending_are_told_by_their_content(tmp_path: Path, cache: Path) -> None:
    for format in ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM"):
        folder = write_folder(tmp_path / format, {"1": encode(picture(1), format), "2": encode(picture(2), format)})
        with pytest.raises(TdotError, match="is an image whose name does not say so"):
            run_import(folder)


def test_names_that_differ_in_unicode_form_or_case_are_all_kept(tmp_path: Path, cache: Path) -> None:
    names = ["\u00e9.png", "e\u0301.png", "E\u0301.png", "x.png", "X.png"]
    files = {name: encode(picture(i)) for i, name in enumerate(names)}
    for source in (write_folder(tmp_path / "set", files), write_zip(tmp_path / "x.zip", files)):
        info = run_import(source).info
        assert info.n_train + info.n_test == 5


def test_copies_between_train_and_test_are_counted(tmp_path: Path, cache: Path) -> None:
    files = {
        "train/1.png": encode(picture(1)),
        "train/2.png": encode(picture(2)),
        "test/1.bmp": encode(picture(1), "BMP"),
    }
    assert run_import(write_folder(tmp_path / "set", files | {"test/3.png": encode(picture(3))})).info.n_copies == 1
