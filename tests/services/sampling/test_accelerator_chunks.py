"""The accelerator's chunk, walked on the CPU: the same images but for rounding, a key of their own, and one image per seed."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.progress import finish
from tdot_core.services.compute import chunks
from tdot_core.services.compute.chunks import CHUNK, chunk_of, run_chunks
from tdot_core.services.features.extract import extract
from tdot_core.services.features.extractors import opening
from tdot_core.services.sampling.drawn_sets import Draw
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior

LARGE = 64


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the CPU an accelerator's chunk."""
    monkeypatch.setitem(chunks.CHUNKS, "cpu", LARGE)


def draw(n: int = 70) -> Draw:
    return Draw(load_prior("ot"), load_net(), SampleSettings(20, 2, "ddpm", seed=5, n=n), torch.device("cpu"))


def test_every_kind_of_device_has_a_chunk_of_its_own() -> None:
    assert chunk_of("cpu") == CHUNK == 16
    assert chunk_of(torch.device("cuda", 3)) == chunks.CHUNKS["cuda"] > chunk_of("mps") > CHUNK


def test_images_are_those_of_the_small_chunk_but_for_rounding(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = draw()
    small = list(generate([one.prior], one.net, one.settings))
    monkeypatch.setitem(chunks.CHUNKS, "cpu", LARGE)
    large = list(generate([one.prior], one.net, one.settings))
    assert [len(c.seeds) for c in small] == [16, 16, 16, 16, 6] and [len(c.seeds) for c in large] == [64, 6]
    assert {c.nfe for c in small + large} == {2}
    apart = np.concatenate([c.images for c in small]).astype(int) - np.concatenate([c.images for c in large])
    assert np.abs(apart).max() <= 1


def test_an_image_is_a_function_of_its_seed_alone(tiny: Path, large: None) -> None:
    many, few = draw(), draw(3)
    images = {n: next(generate([d.prior], d.net, d.settings)).images[:3] for n, d in ((70, many), (3, few))}
    np.testing.assert_array_equal(images[70], images[3])


def test_a_set_is_kept_under_a_key_of_its_own_and_continued(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = draw()
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path))
    key_of_small = one.key
    monkeypatch.setitem(chunks.CHUNKS, "cpu", LARGE)
    assert one.key != key_of_small
    first, _ = finish(dataclasses.replace(one, settings=dataclasses.replace(one.settings, n=66)).make())
    images, effort = finish(one.make())
    np.testing.assert_array_equal(images[:66], first)
    assert images.shape[0] == 70 and effort.nfe == 2


def test_features_are_those_of_the_small_chunk_but_for_rounding(
    measuring: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extractor = finish(opening("cifar-cnn"))
    images = np.random.default_rng(0).integers(0, 256, (70, 32, 32, 3), dtype=np.uint8)
    layer = extractor.layers[-1]
    found = {}
    for size in (CHUNK, LARGE):
        monkeypatch.setitem(chunks.CHUNKS, "cpu", size)
        monkeypatch.setenv("TDOT_CACHE", str(tmp_path / str(size)))
        found[size] = np.array(finish(extract(images, extractor, [layer]))[layer].array)
    np.testing.assert_allclose(found[LARGE], found[CHUNK], rtol=1e-3, atol=1e-4)


def test_two_chunks_are_on_their_way_on_an_accelerator() -> None:
    both, seen = threading.Barrier(2, timeout=30), []

    def work(k: int) -> int:
        both.wait()  # returns only when a second chunk has begun
        seen.append(k)
        return k

    assert list(run_chunks(work, range(4), "cuda")) == [0, 1, 2, 3]
    assert sorted(seen) == [0, 1, 2, 3]
