"""`python -m tests`: its two parts, on a small project of three test files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
TEST = """
import os

def test_{name}():
    with open(os.environ["RAN"], "a") as file:
        file.write("{name} " + os.environ.get("PYTEST_XDIST_WORKER", "alone") + "\\n")
    assert os.environ.get("FAILS") != "{name}"
"""
FILES = {"one": "tests/test_one.py", "two": "tests/test_two.py", "browser": "tests/browser/test_browser.py"}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "tests" / "browser").mkdir(parents=True)
    for name in ("__init__.py", "__main__.py", "parts.py"):
        shutil.copyfile(PROJECT / "tests" / name, tmp_path / "tests" / name)
    for name, file in FILES.items():
        (tmp_path / file).write_text(TEST.format(name=name))
    (tmp_path / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    return tmp_path


def run(tree: Path, *arguments: str, fails: str = "") -> tuple[int, dict[str, str], str]:
    """Return the exit code, which process ran each test, and what was printed."""
    own = {"PYTHONPATH": str(PROJECT), "RAN": str(tree / "ran"), "FAILS": fails, "PYTEST_XDIST_AUTO_NUM_WORKERS": "2"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        [sys.executable, "-m", "tests", *arguments], cwd=tree, env={**kept, **own}, capture_output=True, text=True
    )
    ran = (tree / "ran").read_text().splitlines() if (tree / "ran").exists() else []
    assert len(ran) == len({line.split()[0] for line in ran}), "a test ran twice"
    return done.returncode, dict(line.split() for line in ran), done.stdout + done.stderr


def test_both_parts_run_and_say_so(tree: Path) -> None:
    code, ran, printed = run(tree)
    assert code == 0 and set(ran) == set(FILES)
    assert ran["browser"] == "alone" and {ran["one"], ran["two"]} == {"gw0", "gw1"}
    assert "Part 1 of 2: tests side by side in 2 processes" in printed and "Part 2 passed" in printed
    assert "random seed" in printed.lower() or "--randomly-seed" in printed


@pytest.mark.parametrize("fails", ["one", "browser"])
def test_a_failure_in_either_part_fails_the_whole_and_hides_nothing(fails: str, tree: Path) -> None:
    code, ran, printed = run(tree, fails=fails)
    assert code == 1 and set(ran) == set(FILES) and printed.count("FAILED after") == 1


def test_arguments_choose_tests_of_one_part(tree: Path) -> None:
    code, ran, printed = run(tree, "tests/browser")
    assert (code, set(ran)) == (0, {"browser"}) and "Part 1 had nothing to run" in printed


def test_a_file_of_the_first_part_alone(tree: Path) -> None:
    code, ran, printed = run(tree, FILES["two"])
    assert (code, set(ran)) == (0, {"two"}) and "Part 2 had nothing to run" in printed


def test_nothing_chosen_is_no_success(tree: Path) -> None:
    assert run(tree, "-k", "nothing_of_the_kind")[:2] == (5, {})


def test_a_mistaken_option_ends_it(tree: Path) -> None:
    code, ran, printed = run(tree, "--no-such-option")
    assert code == 4 and not ran and "Part 2 of 2" not in printed


def test_the_first_failure_ends_it_when_asked(tree: Path) -> None:
    code, ran, _ = run(tree, "-x", fails="one")
    assert code not in (0, 5) and "browser" not in ran
