"""docs/tour.md answers its question as the shipped table does, and leads to screens that are there."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.starts import measured_starts
from tdot_core.services.runs.store import find_run
from ui.benchmark.screen import FIGURES
from ui.server.navigation import find_pages
from ui.tour.steps import STEPS

PROJECT = Path(__file__).resolve().parents[1]
PAGE = PROJECT / "docs" / "tour.md"
TEXT = PAGE.read_text(encoding="utf-8")
WORDS = " ".join(TEXT.split())
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def at_10() -> dict[str, float]:
    """FD-cnn of every prior at t* = 10 over the most images."""
    return {row.label: fd(row) for row in rows_at(10)}


def rows_at(t_star: int) -> list[EvaluationRow]:
    rows = [item.row for item in shipped_rows()]
    return [
        row
        for row in rows
        if (row.extractor, row.sampler, row.n_steps, row.n, row.t_star) == ("cifar-cnn", "ddim", 10, 5000, t_star)
    ]


def fd(row: EvaluationRow) -> float:
    value = row.metrics["fd"].value
    assert value is not None
    return value


def test_the_answer_is_that_of_the_table(at_10: dict[str, float]) -> None:
    learned = {label: value for label, value in at_10.items() if label not in ("Vanilla", "Oracle")}
    worst, best = max(learned, key=learned.__getitem__), min(learned, key=learned.__getitem__)
    assert f"**{worst} suffers most: {learned[worst]:.2f}**, against {learned[best]:.2f} of {best}" in WORDS
    assert f"FD-cnn {at_10['Oracle']:.2f} there" in WORDS
    assert f"no contender ({at_10['Vanilla']:.2f})" in WORDS
    at_400 = {row.label: fd(row) for row in rows_at(400)}
    assert f"to {at_400[worst]:.2f} at t\\* = 400" in WORDS
    assert max(learned, key=lambda label: learned[label] - at_400[label]) == worst, "its line falls furthest"


def test_from_where_it_beats_noise_is_measured() -> None:
    measured = measured_starts(shipped_rows(), "cifar10", 1000)
    (name,) = [name for name, (label, *_) in measured.labels.items() if label == "OT (published)"]
    assert f"*beats pure noise from*: {measured.works_from(name)}." in WORDS


def test_its_stops_are_those_of_the_tour() -> None:
    titles = {page.name: page.title for page in find_pages()}
    stops = re.findall(r"^## \d\. (\w+):", TEXT, re.MULTILINE)
    assert sorted(stops) == sorted(titles[step.page] for step in STEPS)


def test_its_addresses_name_screens_tabs_and_models() -> None:
    addresses = [urlsplit(found) for found in re.findall(r"`(/[a-z]+\?[^`]+)`", TEXT)]
    assert len(addresses) == 2
    for address in addresses:
        said = parse_qs(address.query)
        assert address.path[1:] in {page.name for page in find_pages()}
        assert set(said.get("tab", [])) <= set(FIGURES)
        assert all(find_run(name).weights_path.exists() for name in said.get("prior", []))


def test_its_pictures_are_small() -> None:
    pictures = [PAGE.parent / target for target in re.findall(r"!\[[^\]]{20,}\]\(([^)]+)\)", TEXT)]
    assert len(pictures) == 2 == TEXT.count("![")
    assert sum(path.stat().st_size for path in pictures) < MOST_BYTES
