"""What every registered prior owes, whoever wrote it: a new file in tdot_core/priors is tested here with no edit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from tdot_core.maths.streams import stream
from tdot_core.models.fitting import ImageData
from tdot_core.priors import priors
from tdot_core.priors.base import Prior

SMALL = {"epochs": 1, "batch": 8, "latent": 8, "width": 8, "n_projections": 16, "components": 12, "t_train": 10,
         "clusters": 2, "dimensions": 4, "rest": 4, "iterations": 2, "held_out": 4, "side": 4, "steps": 2}  # fmt: skip


def images(n: int = 24) -> ImageData:
    return ImageData(stream(7, "train").integers(0, 256, (n, 32, 32, 3), dtype=np.uint8))


def small_config(cls: type[Prior]) -> object:
    names = {f.name for f in dataclasses.fields(cls.Config)}
    return cls.Config(**{k: v for k, v in SMALL.items() if k in names})


def fitted(key: str) -> Prior:
    cls = priors.get(key)
    prior = cls(small_config(cls))
    for _ in prior.fit(images(), small_config(cls), torch.Generator().manual_seed(3)):
        pass
    return prior


def sampled(prior: Prior, seeds: list[int], t: int = 100) -> torch.Tensor:
    return prior.sample(seeds, t if prior.any_t else prior.t_train)


@pytest.fixture(scope="module", params=list(priors.all()))
def prior(request: pytest.FixtureRequest) -> Prior:
    return fitted(request.param)


def test_describes_itself(prior: Prior) -> None:
    assert prior.key == type(prior).key
    for text in (prior.label, prior.summary, prior.formula, prior.explanation, prior.reference):
        assert isinstance(text, str) and text.strip()
    assert dataclasses.is_dataclass(prior.Config) and prior.Config.__dataclass_params__.frozen  # type: ignore[attr-defined]


def test_every_setting_explains_itself(prior: Prior) -> None:
    for field in dataclasses.fields(prior.Config):
        assert field.metadata["help"], field.name
        low, high = field.metadata["low"], field.metadata["high"]
        if low is not None:
            assert low <= field.default
        if high is not None:
            assert field.default <= high


def test_gives_float_images_in_order(prior: Prior) -> None:
    x = sampled(prior, [5, 1, 9])
    assert x.shape == (3, 3, 32, 32) and x.dtype == torch.float32 and x.device.type == "cpu"
    assert torch.isfinite(x).all()


def test_an_image_depends_on_its_seed_alone(prior: Prior) -> None:
    seeds = list(range(100, 121))
    together = sampled(prior, seeds)
    for i in (0, 7, 16, 20):
        assert torch.equal(together[i], sampled(prior, [seeds[i]])[0])
    assert torch.equal(together.flip(0), sampled(prior, seeds[::-1]))


def test_different_seeds_give_different_images(prior: Prior) -> None:
    limit = prior.limit()
    seeds = list(range(min(16, limit or 16)))
    x = sampled(prior, seeds).flatten(1)
    assert len(torch.unique(x, dim=0)) == len(seeds)


def test_a_finite_prior_repeats_only_past_its_limit(prior: Prior) -> None:
    limit = prior.limit()
    if limit is None:
        assert not prior.needs_data
        return
    assert torch.equal(sampled(prior, [0], 1) - sampled(prior, [0], 1), torch.zeros(1, 3, 32, 32))
    assert torch.equal(prior.items([2]), prior.items([2 + limit]))  # type: ignore[attr-defined]
    assert sorted(prior.items(range(limit)).tolist()) == list(range(limit))  # type: ignore[attr-defined]


def test_weights_come_back(prior: Prior) -> None:
    if not prior.trainable:
        assert prior.weights() == {}
        return
    fresh = priors.get(prior.key)(prior.config)
    fresh.load_weights({name: tensor.clone() for name, tensor in prior.weights().items()})
    assert torch.equal(sampled(fresh, [3, 4]), sampled(prior, [3, 4]))


def test_untrained_says_so(prior: Prior) -> None:
    from tdot_core.errors import TdotError

    fresh = priors.get(prior.key)(prior.config)
    if prior.trainable or prior.needs_data:
        with pytest.raises(TdotError, match=r"train|import|fit"):
            sampled(fresh, [0])
    else:
        assert sampled(fresh, [0]).shape == (1, 3, 32, 32)


def test_the_global_random_state_is_left_alone(prior: Prior) -> None:
    torch.manual_seed(11)
    before = torch.get_rng_state()
    fitted(prior.key)
    sampled(prior, [1])
    assert torch.equal(before, torch.get_rng_state())


def test_every_prior_has_a_place_of_its_own() -> None:
    orders = [cls.order for cls in priors.all().values()]
    assert len(set(orders)) == len(orders), "take the next free number: `order` fixes the colour"
