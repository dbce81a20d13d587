"""Clouds of points: the right pictures beside the right features, and measures against brute force."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.metrics.features import Features
from tdot_core.progress import finish
from tdot_core.services.compute.device import find_device
from tdot_core.services.datasets import load_dataset
from tdot_core.services.features.clouds import (
    Cloud,
    held_out_cloud,
    measure_ceiling,
    measure_cloud,
    prior_cloud,
    stack_images,
    train_cloud,
)
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.references import Reference, reference
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior

LAYER = "penultimate"


@pytest.fixture
def digits(measuring: Path) -> Reference:
    return finish(reference("digits", open_extractor("cifar-cnn"), LAYER))


def test_real_points_carry_their_own_features_picture_and_class(digits: Reference) -> None:
    cloud, data, extractor = train_cloud(digits, 40), load_dataset("digits"), open_extractor("cifar-cnn")
    assert cloud.images is not None and cloud.labels is not None
    np.testing.assert_array_equal(cloud.images, data.images("train")[cloud.index])
    again = extractor(np.ascontiguousarray(cloud.images[:16]), [LAYER])[LAYER]
    np.testing.assert_allclose(cloud.features[:16], again, rtol=1e-4, atol=1e-4)
    labels = data.labels("train")
    assert labels is not None
    assert cloud.name(3) == f"{data.info.classes[int(labels[cloud.index[3]])]} {cloud.index[3]}"


def test_without_the_data_set_real_points_keep_class_and_index(digits: Reference) -> None:
    away = Reference(digits.features, digits.rows, digits.labels, digits.classes, "not-imported", digits.n, True)
    cloud = train_cloud(away, 5)
    assert cloud.images is None
    assert cloud.name(0).endswith(str(digits.rows[0]))
    assert finish(held_out_cloud(away, 5, open_extractor("cifar-cnn"), LAYER)) is None


def test_test_images_come_from_the_test_split_without_repeats(digits: Reference) -> None:
    cloud = finish(held_out_cloud(digits, 30, open_extractor("cifar-cnn"), LAYER))
    assert cloud is not None and cloud.images is not None and len(set(cloud.index.tolist())) == 30
    np.testing.assert_array_equal(cloud.images, load_dataset("digits").images("test")[cloud.index])


def test_a_priors_cloud_shows_the_images_of_the_sampling_service(measuring: Path) -> None:
    prior, net, settings = load_prior("ot"), load_net(), SampleSettings(12, 2, seed=5, n=6)
    cloud = finish(prior_cloud(prior, net, settings, open_extractor("cifar-cnn"), LAYER, find_device("cpu")))
    expected = np.concatenate([chunk.images for chunk in generate([prior], net, settings)])
    np.testing.assert_array_equal(cloud.images, expected)
    assert cloud.index.tolist() == list(range(5, 11)) and cloud.name(1) == "seed 6"


def test_below_t_train_there_is_a_sentence_and_no_cloud(measuring: Path) -> None:
    with pytest.raises(TdotError, match="trained at t = 10"):
        finish(
            prior_cloud(
                load_prior("ot"),
                load_net(),
                SampleSettings(5, 2, n=4),
                open_extractor("cifar-cnn"),
                LAYER,
                find_device("cpu"),
            )
        )


def _reference(features: np.ndarray) -> Reference:
    return Reference(Features(features), np.arange(len(features)), None, (), "made-up", len(features), False)


def test_coverage_and_density_equal_brute_force_on_as_many_real_images() -> None:
    rng = np.random.default_rng(0)
    real, fake = rng.normal(size=(60, 4)), rng.normal(size=(25, 4)) * 0.7 + 0.2
    measure = measure_cloud(Cloud("x", fake, np.arange(25)), _reference(real))
    near = real[:25]
    radii = np.sort(np.linalg.norm(near[:, None] - near[None], axis=2), axis=1)[:, 5]
    held = np.linalg.norm(near[:, None] - fake[None], axis=2) < radii[:, None]
    assert measure.coverage == pytest.approx(held.any(axis=1).mean())
    assert measure.density == pytest.approx(held.sum() / (5 * 25))
    assert measure.spread == pytest.approx(fake.var(axis=0, ddof=1).sum() / real.var(axis=0, ddof=1).sum())


def test_too_few_images_are_not_measured_rather_than_zero() -> None:
    rng = np.random.default_rng(1)
    measure = measure_cloud(Cloud("x", rng.normal(size=(4, 3)), np.arange(4)), _reference(rng.normal(size=(30, 3))))
    assert measure.coverage is None and measure.density is None and "5-th neighbour" in measure.note
    assert measure.spread is not None


def test_the_ceiling_takes_other_real_images_or_says_there_are_too_few() -> None:
    real = np.random.default_rng(2).normal(size=(50, 3))
    ceiling = measure_ceiling(_reference(real), 20)
    assert ceiling is not None
    assert ceiling == measure_cloud(Cloud("train", real[20:40], np.arange(20, 40)), _reference(real))
    assert measure_ceiling(_reference(real), 26) is None


def test_stacked_pictures_begin_where_it_says() -> None:
    first, second = (np.full((n, 32, 32, 3), n, np.uint8) for n in (2, 3))
    clouds = [
        Cloud("a", np.zeros((2, 1)), np.arange(2), first),
        Cloud("b", np.zeros((4, 1)), np.arange(4)),
        Cloud("c", np.zeros((3, 1)), np.arange(3), second),
    ]
    images, starts = stack_images(clouds)
    assert starts == {"a": 0, "c": 2} and images.shape == (5, 32, 32, 3) and (images[starts["c"] :] == 3).all()
