"""Sweep files: what is understood, and the one sentence for everything else."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tdot_core.errors import TdotError
from tdot_core.services.sweep.cells import Training, cells_of
from tdot_core.services.sweep.document import checked, read_sweep
from tdot_core.services.sweep.values import values_of, whole_number


def sweep(**block: Any) -> Any:
    return checked({"block": [{"prior": ["vanilla"], **block}]}, "s")


def test_every_combination_is_a_cell_and_steps_beyond_t_star_are_none() -> None:
    cells = cells_of(
        sweep(
            prior=["vanilla", "ot"],
            t_star=[5, {"from": 10, "to": 30, "step": 10}],
            steps=[4, 20],
            sampler=["ddim", "heun"],
        )
    )
    expected = {
        (p, t, s, n) for p, t, s, n in product(["vanilla", "ot"], [5, 10, 20, 30], ["ddim", "heun"], [4, 20]) if n <= t
    }
    assert {(c.prior, c.t_star, c.sampler, c.n_steps) for c in cells} == expected and len(cells) == len(expected)


def test_blocks_are_a_union_in_which_each_cell_stands_once() -> None:
    block = {"prior": ["vanilla"], "t_star": [10, 50]}
    assert len(cells_of(checked({"block": [block, {**block, "t_star": [50, 100]}]}, "s"))) == 3


def test_trainings_are_every_combination_of_settings_and_seeds() -> None:
    train = [{"prior": "ot", "settings": {"epochs": [1, 2], "objective": "local"}, "seed": [0, 1, 2]}]
    cells = cells_of(checked({"block": [{"train": train}]}, "s"))
    assert len(cells) == 6 and all(isinstance(cell.prior, Training) for cell in cells)
    assert cells[0].prior == Training("ot", "cifar10", (("epochs", 1), ("objective", "local")), 0)


def test_blocks_are_chosen_by_name() -> None:
    whole = checked({"block": [{"prior": "a", "name": "one"}, {"prior": "b"}, {"prior": "c", "name": "two"}]}, "s")
    assert whole.only([]) == whole and [block.place for block in whole.only(["two", "one", "two"]).blocks] == [
        "block 3",
        "block 1",
    ]
    with pytest.raises(TdotError, match="Unknown block 'three'. Known: one, two"):
        whole.only(["three"])


@pytest.mark.parametrize(("document", "said"), [
    ({"block": [{"prior": "a", "name": 3}]}, "block 1, name: expected a text"),
    ({"block": [{"prior": "a", "name": "x"}, {"prior": "b", "name": "x"}]}, "block 1, name: expected a name of its own, found 'x' twice"),
    ({}, "at least one"), ({"block": []}, "at least one"), ({"block": 3}, "at least one"), ({"block": [3]}, "at least one"),
    ({"blocks": [{}]}, "the file: unknown entry 'blocks'"), ({"block": [{}]}, "block 1: names no prior"),
    ({"block": [{"prior": "a"}, {"prior": "a", "tstar": 3}]}, "block 2: unknown entry 'tstar'"),
    ({"block": [{"prior": "a", "t_star": "ten"}]}, "block 1, t_star: expected a whole number, found 'ten'"),
    ({"block": [{"prior": "a", "t_star": True}]}, "expected a whole number"), ({"block": [{"prior": [1]}]}, "block 1, prior: expected a text"),
    ({"block": [{"prior": "a", "t_star": []}]}, "at least one value"), ({"block": [{"prior": "a", "n": 2.5}]}, "n: expected a whole number"),
    ({"block": [{"prior": "a", "t_star": {"from": 1, "to": 10**9}}]}, "1,000,000,000 values"),
    ({"block": [{"prior": "a", "t_star": {"from": 9, "to": 1}}]}, "goes up"), ({"block": [{"prior": "a", "t_star": {"low": 9}}]}, "a range is"),
    ({"block": [{"prior": "a", "t_star": {"from": 1, "to": 9, "step": 0}}]}, "at least 1"),
    ({"block": [{"train": [{"settings": {}}]}]}, "block 1, train 1, prior: expected a text"),
    ({"block": [{"train": [{"prior": "ot", "settings": [1]}]}]}, "settings: expected a table"),
    ({"block": [{"train": [{"prior": "ot", "settings": {"epochs": [[1]]}}]}]}, "settings.epochs: expected a number"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(document: dict[str, Any], said: str) -> None:
    with pytest.raises(TdotError) as caught:
        checked(document, "s")
    assert said in str(caught.value)


def test_too_many_cells_are_counted_before_they_are_made() -> None:
    big = {"from": 1, "to": 1000}
    with pytest.raises(TdotError, match="1,000,000,000 cells"):
        cells_of(sweep(t_star=big, steps=big, seed=big))


def test_a_sweep_of_nothing_is_refused() -> None:
    with pytest.raises(TdotError, match="no cell"):
        cells_of(sweep(t_star=[5], steps=[10]))


@pytest.mark.parametrize("content", [b"", b"[[block]", b"\xff\xfe", b"a = " + b"[" * 5000])
def test_files_that_are_no_sweep(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "s.toml"
    path.write_bytes(content)
    with pytest.raises(TdotError):
        read_sweep(path)
    with pytest.raises(TdotError, match="cannot be read"):
        read_sweep(tmp_path / "other.toml")
    with pytest.raises(TdotError, match="cannot be read"):
        read_sweep(tmp_path)


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 20))
def test_ranges_are_pythons_with_their_end(low: int, high: int, step: int) -> None:
    value = {"from": low, "to": high, "step": step}
    if high < low:
        with pytest.raises(TdotError):
            values_of(value, "x", whole_number)
    else:
        assert values_of(value, "x", whole_number) == list(range(low, high + 1, step))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["from", "to", "step", "prior", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ["prior", "t_star", "steps", "n", "sets", "train", "sampler", "layers", "clip_x0", "seed"]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), plain, max_size=5))
def test_anything_is_a_sweep_or_one_sentence(block: dict[str, Any]) -> None:
    try:
        cells_of(checked({"block": [block]}, "s"))
    except TdotError as error:
        assert str(error) and "\n" not in str(error)
