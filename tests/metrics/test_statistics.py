"""Mean and covariance against numpy, in any blocks; files that others write, and damaged ones."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from feature_clouds import cloud
from tdot_core.errors import TdotError
from tdot_core.metrics.statistics import Accumulator, Statistics, from_blocks, from_features


@given(st.lists(st.integers(1, 40), min_size=2, max_size=8), st.integers(0, 99), st.sampled_from([0.0, 1e5]))
@settings(max_examples=40, deadline=None)
def test_any_blocks_give_numpys_answer(sizes: list[int], seed: int, offset: float) -> None:
    features = np.random.default_rng(seed).normal(size=(sum(sizes), 7)) + offset
    found = from_blocks(np.split(features, np.cumsum(sizes)[:-1]))
    assert found.n == len(features)
    np.testing.assert_allclose(found.mean_f, features.mean(axis=0), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.cov_f, np.cov(features, rowvar=False), rtol=1e-8, atol=1e-9)


def test_float32_features_are_summed_in_float64() -> None:
    features = cloud(20_000, 5, 0) + np.float32(1000)
    np.testing.assert_allclose(
        from_features(features).cov_f, np.cov(features.astype(np.float64), rowvar=False), rtol=1e-9
    )


def test_the_factor_gives_the_covariance_back_at_any_rank() -> None:
    for n in (3, 6, 50):
        found = from_features(cloud(n, 6, n))
        np.testing.assert_allclose(found.factor @ found.factor.T, found.cov_f, atol=1e-12)
    assert from_features(cloud(3, 6, 3)).factor.shape == (6, 2)


def test_a_file_comes_back_and_has_the_names_that_others_read(tmp_path: Path) -> None:
    made = from_features(cloud(30, 4, 0))
    made.save(tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert set(file.files) == {"mu", "sigma", "n"}
    again = Statistics.load(tmp_path / "a.npz")
    assert again.n == 30
    assert np.array_equal(again.mean_f, made.mean_f) and np.array_equal(again.cov_f, made.cov_f)
    np.savez(tmp_path / "foreign.npz", mu=made.mean_f, sigma=made.cov_f)
    assert Statistics.load(tmp_path / "foreign.npz").n is None


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return eval, ("(_ for _ in ()).throw(SystemExit('executed'))",)


def test_damaged_foreign_and_hostile_files_are_refused(tmp_path: Path) -> None:
    whole = tmp_path / "whole.npz"
    from_features(cloud(30, 40, 0)).save(whole)
    (tmp_path / "short.npz").write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "text.npz").write_text("no archive")
    np.savez(tmp_path / "others.npz", a=np.zeros(3))
    np.savez(tmp_path / "code.npz", mu=np.array([_Bomb()], dtype=object), sigma=np.eye(1))
    for name in ("missing", "short", "text", "others", "code"):
        with pytest.raises(TdotError, match=f"{name}.npz"):
            Statistics.load(tmp_path / f"{name}.npz")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"mu": np.eye(2), "sigma": np.zeros(2)}, r"shapes \(d,\) and \(d, d\), found \(2, 2\) and \(2,\)"),
        ({"mu": np.zeros((1, 2)), "sigma": np.eye(2)}, "shapes"),
        ({"mu": np.zeros(2), "sigma": np.ones(2)}, "shapes"),
        ({"mu": np.zeros(2), "sigma": np.eye(2) + 1j}, "complex128"),
        ({"mu": np.array(["0", "1"]), "sigma": np.eye(2)}, "<U1"),
        ({"mu": np.zeros(2, bool), "sigma": np.eye(2)}, "bool"),
        ({"mu": np.zeros(2), "sigma": np.eye(2), "n": np.array([3, 4])}, "cannot be read as statistics"),
        ({"mu": np.zeros(2), "sigma": np.eye(2), "n": np.array(np.nan)}, "cannot be read as statistics"),
        ({"mu": np.zeros(2), "sigma": np.eye(2), "n": np.array(-5)}, "at least 2 images, found -5"),
        ({"mu": np.full(2, 1e300), "sigma": np.eye(2) * np.inf}, "NaN or infinity"),
        ({"Mu": np.zeros(2), "Sigma": np.eye(2)}, "must hold the arrays mu and sigma"),
    ],
)
def test_arrays_that_are_no_mean_and_covariance_are_refused(
    arrays: dict[str, np.ndarray], said: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(TdotError, match=said) as caught:
        Statistics.load(tmp_path / "x.npz")
    assert "\n" not in str(caught.value)


def test_one_array_is_no_npz(tmp_path: Path) -> None:
    with (tmp_path / "x.npz").open("wb") as file:
        np.save(file, np.eye(3))
    with pytest.raises(TdotError, match="holds one array; expected an npz with mu and sigma"):
        Statistics.load(tmp_path / "x.npz")


def _packed() -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, mu=np.arange(6.0), sigma=np.diag(np.arange(6.0)) + 0.1, n=np.array(50))
    return buffer.getvalue()


PACKED = _packed()


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, len(PACKED) - 1), st.integers(0, 255)), min_size=1, max_size=3), st.booleans())
def test_damaged_bytes_are_the_same_numbers_or_one_sentence(changes: list[tuple[int, int]], cut: bool) -> None:
    data = bytearray(PACKED)
    for place, value in changes:
        data[place] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.npz"
        path.write_bytes(data[: changes[0][0]] if cut else data)
        try:
            found = Statistics.load(path)
        except TdotError as error:
            assert "\n" not in str(error)
            return
        np.testing.assert_array_equal(found.mean_f, np.arange(6.0))
        np.testing.assert_array_equal(found.cov_f, np.diag(np.arange(6.0)) + 0.1)


def test_what_is_no_covariance_is_refused() -> None:
    with pytest.raises(TdotError, match="not symmetric"):
        Statistics(np.zeros(2), np.array([[1.0, 0.5], [0.0, 1.0]]))
    with pytest.raises(TdotError, match="negative eigenvalue"):
        _ = Statistics(np.zeros(2), np.diag([1.0, -1.0])).factor
    with pytest.raises(TdotError, match="shapes"):
        Statistics(np.zeros(2), np.eye(3))
    with pytest.raises(TdotError, match="NaN"):
        Statistics(np.zeros(2), np.full((2, 2), np.nan))
    with pytest.raises(TdotError, match="at least 2 images, found 1"):
        from_features(cloud(1, 3, 0))


def test_blocks_of_another_width_are_refused() -> None:
    accumulator = Accumulator()
    accumulator.add(cloud(4, 3, 0))
    with pytest.raises(TdotError, match="width 2 follow features of width 3"):
        accumulator.add(cloud(4, 2, 0))
