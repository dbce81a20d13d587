"""What README and docs show works: their Python runs, their commands parse, their links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tdot_core.__main__ import build_parser, command_modules

PROJECT = Path(__file__).resolve().parents[1]
README = (PROJECT / "README.md").read_text(encoding="utf-8")
PAGES = {
    path: path.read_text(encoding="utf-8")
    for path in (PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md")))
}
ALL = "\n".join(PAGES.values())


def blocks(language: str, text: str = ALL) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> list[list[str]]:
    """Return the arguments of every line that begins with `tdot` or `python -m tdot_core`."""
    lines = [
        re.sub(r"^python -m tdot_core ", "tdot ", line)
        for line in "\n".join(blocks("bash")).replace("\\\n", " ").splitlines()
    ]
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("tdot ")]


def test_readme_stays_short() -> None:
    assert len(README.splitlines()) <= 160


def test_the_first_block_shows_the_two_commands() -> None:
    assert [line.split("#")[0].strip() for line in blocks("bash", README)[0].splitlines()] == ["make run", "make test"]


def test_the_python_example_runs(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = blocks("python", README)
    exec(compile(example, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "vanilla (16, 32, 32, 3) 10" in printed and "gaussian (16, 32, 32, 3) 10" in printed


def test_there_are_commands_of_every_kind() -> None:
    assert {arguments[0] for arguments in commands()} >= {"data", "train", "sample", "evaluate", "runs", "bench"}


@pytest.mark.parametrize("arguments", commands(), ids=" ".join)
def test_the_commands_are_understood(arguments: list[str]) -> None:
    """Parsed as the program does, without doing the work."""
    modules = command_modules()
    placeholders = {"KEY", "RUN_ID"} & set(arguments)
    if placeholders:
        pytest.skip(f"{', '.join(sorted(placeholders))} stands for a name")
    args, extra = build_parser(modules).parse_known_args(arguments)
    module = modules[args.command]
    if hasattr(module, "take_settings"):
        module.take_settings(args, extra)
        assert args.list_settings or args.settings
    else:
        assert not extra


def test_links_lead_to_files_that_are_there() -> None:
    targets = [(path, t) for path, text in PAGES.items() for t in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in t]
    assert (PROJECT / "README.md", "assets/screenshots/sample.png") in targets
    assert not [(path.name, t) for path, t in targets if not (path.parent / t).is_file()]


def test_every_page_of_docs_is_reached_from_readme() -> None:
    named = set(re.findall(r"\]\(docs/([\w-]+)\.md", README))
    assert {path.stem for path in (PROJECT / "docs").glob("*.md")} <= named


def measured() -> list[tuple[str, str]]:
    """Return every "value ± standard error" of README's tables."""
    rows = [line for line in ALL.splitlines() if line.startswith("|")]
    return re.findall(r"([\d.]+) ± ([\d.]+)", "\n".join(rows))


def test_every_measured_number_is_one_of_the_shipped_table_or_study() -> None:
    from tdot_core.services.results.benchmark import shipped_rows
    from tdot_core.services.results.studies import read_study

    known = {(v.value, v.spread) for item in shipped_rows() for v in item.row.metrics.values() if v.spread is not None}
    known |= {(row["fd_cnn"], row["fd_cnn_sd"]) for row in (read_study("native") or {})["rows"]}

    def shipped(value: str, spread: str) -> bool:
        digits = len(value.partition(".")[2])
        return any((f"{v:.{digits}f}", f"{s:.{digits}f}") == (value, spread) for v, s in known)

    assert len(measured()) > 20
    assert [pair for pair in measured() if not shipped(*pair)] == []


def test_the_spread_of_the_priors_is_that_of_the_shipped_study() -> None:
    from tdot_core.services.results.studies import read_study

    spaces = {space["layer"]: space["rows"] for space in (read_study("spread") or {})["spaces"]}
    measures = ("variance_ratio", "coverage", "neighbour_ratio")
    said = {
        cells[0]: cells[1:]
        for line in ALL.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 10 and cells[1][:1].isdigit()
    }
    assert len(said) >= 6
    for prior, cells in said.items():
        rows = [next(r for r in spaces[layer] if r["prior"] == prior) for layer in ("64", "768", "penultimate")]
        assert cells == [f"{row[name]:.2f}" for row in rows for name in measures], prior


def test_the_map_names_every_room() -> None:
    rooms = {p.name for p in PROJECT.iterdir() if p.is_dir() and not p.name.startswith(".") and any(p.glob("**/*"))}
    named = set(re.findall(r"^(?:  )?(\w+)/(?: |$)", README, re.MULTILINE))
    assert {room for room in rooms if not room.endswith((".egg-info", "__pycache__"))} <= named
    assert {p.parent.name for p in (PROJECT / "tdot_core").glob("*/__init__.py")} <= named


def test_every_prior_and_every_setting_of_the_environment_is_in_its_table() -> None:
    from tdot_core.priors import priors

    for key in priors.all():
        assert f"| `{key}` |" in ALL, f"add a row for the prior {key} to README's table of priors"
    read = {name for p in (PROJECT / "tdot_core").rglob("*.py") for name in re.findall(r"\bTDOT_[A-Z]+", p.read_text())}
    internal = {"TDOT_ASSETS"}
    assert read - internal == set(re.findall(r"`(TDOT_[A-Z]+)` \|", ALL))
