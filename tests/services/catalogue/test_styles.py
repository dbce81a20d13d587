"""Every prior has its own look, readable on both pages and with every common colour vision."""

from __future__ import annotations

import itertools
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tdot_core.services.catalogue.priors import prior_catalogue, runs_in_order
from tdot_core.services.catalogue.styles import COLORS, FILLS, REAL, prior_style
from tdot_core.services.runs.store import create_run

PROJECT = Path(__file__).resolve().parents[3]

# Machado, Oliveira and Fernandes 2009, full severity, on linear RGB.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}


def linear(color: str) -> np.ndarray:
    c = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def luminance(color: str) -> float:
    return float(linear(color) @ [0.2126, 0.7152, 0.0722])


def lab(rgb: np.ndarray) -> np.ndarray:
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(rgb, 0, 1)
    x, y, z = np.cbrt(np.maximum(xyz / [0.9505, 1, 1.089], 0.008856))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", COLORS)
def test_colours_stand_out_from_the_page_at_3_to_1(scheme: str, color: str) -> None:
    config = tomllib.loads((PROJECT / ".streamlit" / "config.toml").read_text())
    page = luminance(config["theme"][scheme]["backgroundColor"])
    high, low = max(page, luminance(color)), min(page, luminance(color))
    assert (high + 0.05) / (low + 0.05) >= 3


@pytest.mark.parametrize("vision", VISIONS)
def test_no_two_colours_look_alike(vision: str) -> None:
    seen = {color: lab(VISIONS[vision] @ linear(color)) for color in COLORS}
    closest = min(float(np.linalg.norm(seen[a] - seen[b])) for a, b in itertools.combinations(COLORS, 2))
    assert closest > 12, "in CIELAB units, where 2.3 is just noticeable"


def test_priors_in_the_catalogue_differ_in_colour_marker_and_keep_them() -> None:
    styles = [prior_style(info.key) for info in prior_catalogue()]
    assert len({style.color for style in styles}) == len(styles) == len({style.marker for style in styles})
    assert styles == [prior_style(info.key) for info in prior_catalogue()]
    assert prior_style("real") == prior_style("no such prior") == REAL not in styles


def test_more_priors_than_colours_still_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [
        *prior_catalogue(),
        *(replace(prior_catalogue()[0], key=f"new{k}", order=100) for k in range(20)),
    ]
    monkeypatch.setattr("tdot_core.services.catalogue.styles.prior_catalogue", lambda: many)
    styles = [prior_style(info.key) for info in many]
    assert len(set(styles)) == len(styles)


def test_models_of_one_kind_share_its_colour_and_differ_in_marker_and_dash(cache: Path) -> None:
    shipped = runs_in_order("ot")
    assert shipped[0] == "ot-local" and len(shipped) == 3
    first, second = (create_run("ot", {"created": f"2026-01-0{day}T00:00:00Z"}).id for day in (1, 2))
    styles = [prior_style("ot", run) for run in (*shipped, first, second)]
    assert styles[0] == prior_style("ot") and {style.color for style in styles} == {styles[0].color}
    assert len({style.marker for style in styles[:3]}) == 3 and len({style.dash for style in styles}) == len(styles)
    assert prior_style("vanilla", "no such run") == prior_style("vanilla")


def test_a_newer_run_changes_no_style_and_a_deleted_one_is_never_taken_for_the_first(cache: Path) -> None:
    own = create_run("gan", {"created": "2026-01-02T00:00:00Z"}).id
    before = prior_style("gan", own)
    create_run("gan", {"created": "2026-01-03T00:00:00Z"})
    assert prior_style("gan", own) == before
    assert prior_style("gan", "gan-deleted").marker != prior_style("gan").marker


def test_no_filled_marker_has_a_dot_which_is_drawn_in_its_own_colour() -> None:
    assert "-dot" not in FILLS and FILLS[0] == ""
