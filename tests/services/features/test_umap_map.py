"""UMAP of features, where umap-learn is installed; a sentence where it is not."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.services.features.umap_map import fit_umap, umap_installed

needs_umap = pytest.mark.skipif(not umap_installed(), reason="needs umap-learn (requirements-umap.txt)")


def three_heaps(n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    kind = np.arange(n) % 3
    return (random.normal(size=(n, 10)) + 12 * np.eye(10)[kind]).astype(np.float32), kind


@needs_umap
def test_heaps_stay_apart_and_new_points_join_their_own() -> None:
    features, kind = three_heaps(150)
    fitted = fit_umap(features[:90])
    assert fitted.n == 90
    known, new = fitted.apply(features[:90]), fitted.apply(features[90:])
    centres = np.stack([known[kind[:90] == k].mean(0) for k in range(3)])
    nearest = np.linalg.norm(new[:, None] - centres, axis=2).argmin(1)
    np.testing.assert_array_equal(nearest, kind[90:])
    np.testing.assert_array_equal(new, fitted.apply(features[90:]))


@needs_umap
def test_other_widths_and_too_few_images_are_refused() -> None:
    features, _ = three_heaps(60)
    with pytest.raises(TdotError, match="found 15 images"):
        fit_umap(features[:15])
    with pytest.raises(TdotError, match="width 10, found width 4"):
        fit_umap(features).apply(features[:, :4])


def test_without_the_package_one_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "umap" else find(name, *rest))
    with pytest.raises(TdotError, match=r"umap-learn, which is not installed.*requirements-umap\.txt"):
        fit_umap(np.zeros((30, 4)))
