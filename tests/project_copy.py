"""A copy of the project to which a test adds one file, and this interpreter inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PARTS = ("app.py", "tdot_core", "ui", "pages", "tests", "pyproject.toml", ".streamlit")


def project_copy(root: Path, cache: Path) -> Path:
    """Copy the code to root, which may exist, with its own copy of a cache and no assets; return root."""
    root.mkdir(exist_ok=True)
    for source in (PROJECT / name for name in PARTS):
        if source.is_dir():
            shutil.copytree(source, root / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copyfile(source, root / source.name)
    shutil.copytree(cache, root / "cache")
    return root


def python(tree: Path, *words: str) -> str:
    """Run this interpreter inside a copy and return what it printed."""
    places = {"TDOT_CACHE": str(tree / "cache"), "TDOT_ASSETS": str(tree / "assets"), "PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tree,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
        timeout=600,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def contract_tests(tree: Path, path: str, key: str) -> int:
    """Run the contract tests in path that concern one key and return how many passed; none may fail."""
    plain = ("-p", "no:randomly", "-p", "no:cacheprovider")
    last = python(tree, "-m", "pytest", "-q", *plain, path, "-k", key).strip().splitlines()[-1]
    assert " passed" in last and "failed" not in last, last
    return int(last.split(" passed")[0].split()[-1])
