"""The cooldown of the generator priors: the step size falls to zero at the end, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.models.fitting import ImageData
from tdot_core.priors.gan import GanPrior
from tdot_core.priors.generator_training import cooled
from tdot_core.priors.ot import OtPrior

SMALL = {"batch": 16, "latent": 4, "width": 8, "epochs": 5}
"""Two steps a pass, ten in all."""


def images() -> ImageData:
    return ImageData(np.random.default_rng(0).integers(0, 256, (32, 32, 32, 3), dtype=np.uint8))


def sizes(cls: type, **settings: object) -> dict[str, list[float]]:
    """Return the step size of every network before each step's end."""
    prior = cls()
    config = cls.Config(**SMALL, **settings)  # type: ignore[attr-defined]
    found: dict[str, list[float]] = {}
    for _ in prior.fit(images(), config, torch.Generator().manual_seed(1)):
        for name, optimiser in prior.state.optimisers.items():
            found.setdefault(name, []).append(optimiser.param_groups[0]["lr"])
    return found


def test_it_is_constant_and_then_falls_in_equal_parts() -> None:
    assert [cooled(k, 10, 0.4) for k in range(10)] == [1, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25]
    assert {cooled(k, 10, 0.0) for k in range(10)} == {1.0}
    assert [cooled(k, 4, 1.0) for k in range(4)] == [1, 0.75, 0.5, 0.25]


def test_every_network_of_a_training_cools_from_its_own_step_size() -> None:
    found = sizes(GanPrior, cooldown=0.4, lr=1e-3, critic_lr=4e-3)
    assert set(found) == {"generator", "critic"}
    factors = np.array([1, 1, 1, 1, 1, 1, 1, 0.75, 0.5, 0.25])
    np.testing.assert_allclose(found["generator"], 1e-3 * factors)
    np.testing.assert_allclose(found["critic"], 4e-3 * factors)


def test_without_it_the_step_size_stays() -> None:
    assert set(sizes(OtPrior, n_projections=8)["generator"]) == {OtPrior.Config().lr}


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_longer_training_is_said_to_differ_only_where_it_cools(share: float) -> None:
    assert OtPrior.length_sets_step_size(OtPrior.Config(cooldown=share)) == (share > 0)


def test_a_resumed_cooldown_equals_an_uninterrupted_one() -> None:
    config = OtPrior.Config(**SMALL, cooldown=0.8, n_projections=8)
    whole = OtPrior()
    for _ in whole.fit(images(), config, torch.Generator().manual_seed(1)):
        pass
    half = OtPrior()
    for progress in half.fit(images(), config, torch.Generator().manual_seed(1)):
        if progress.step == 5:
            break
    rest = OtPrior()
    for _ in rest.fit(images(), config, torch.Generator().manual_seed(1), half.state.tensors()):
        pass
    for name, tensor in whole.weights().items():
        assert torch.equal(tensor, rest.weights()[name]), name
