"""Style and types, as `make lint` checks them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
SKIP = "  # fmt: " + "skip"


@pytest.mark.parametrize(
    "command", [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"]], ids=["rules", "format", "types"]
)
def test_the_tree_is_clean(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


MOST_TABLES = 45
FEWEST_CELLS = 10


def skips(path: Path) -> list[tuple[int, bool]]:
    """Return the lines of a file whose formatting is skipped, each with whether a table ends there."""
    text = path.read_text(encoding="utf-8")
    marked = [n for n, line in enumerate(text.splitlines(), 1) if line.endswith(SKIP)]
    ends = {end for node in ast.walk(ast.parse(text)) for end in table_ends(node)} if marked else set()
    return [(n, n in ends) for n in marked]


def table_ends(node: ast.AST) -> list[int]:
    """Return where a node's tables end: a display of many cells that is assigned or returned, or parametrizes a test."""
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.Return):
        return [node.end_lineno or 0] if is_table(node.value) else []
    decorators = getattr(node, "decorator_list", [])
    calls = [call for call in decorators if isinstance(call, ast.Call) and "parametrize" in ast.unparse(call.func)]
    return [call.end_lineno or 0 for call in calls if any(is_table(value) for value in call.args)]


def is_table(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.List | ast.Tuple | ast.Set | ast.Dict):
        return False
    return sum(isinstance(node, ast.Constant | ast.Name) for node in ast.walk(value)) >= FEWEST_CELLS


def test_formatting_is_skipped_for_tables_alone() -> None:
    """Anything else reads better broken by the formatter, or said in shorter lines."""
    rooms = ("tdot_core", "ui", "pages", "tests")
    found = [(path, *skip) for room in rooms for path in sorted((PROJECT / room).rglob("*.py")) for skip in skips(path)]
    wrong = [f"{path.relative_to(PROJECT)}:{line}" for path, line, table in found if not table]
    assert not wrong, "no table of ten cells or more ends here:\n" + "\n".join(wrong)
    assert len(found) <= MOST_TABLES


@pytest.mark.parametrize(
    ("statement", "table"),
    [("x = [" + "1, " * 10 + "]", True), ("x = [1, 2, 3]", False), ("f(" + "1, " * 10 + ")", False)],
)
def test_what_a_table_is(statement: str, table: bool, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(statement + SKIP + "\n")
    assert skips(tmp_path / "a.py") == [(1, table)]
