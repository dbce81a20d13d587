"""Feature slices against POT, numpy's quantiles and the Bures distance."""

from __future__ import annotations

import numpy as np
import ot
import pytest
import torch

from tdot_core.maths.bures import bures_distance
from tdot_core.maths.objectives.feature_sliced import (
    FeatureSliced,
    FeatureSlicedSettings,
    LayerSlices,
    bures_squared,
    pooled,
    quantile_targets,
    symmetric_root,
)
from tdot_core.maths.streams import normal


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_without_a_queue_targets_are_the_transport_of_a_line() -> None:
    fake, real = normal(range(40), "z", (6,)), 1 + 2 * normal(range(40), "lift", (6,))
    target = quantile_targets(fake, fake[:0], real.T.sort(dim=1).values)
    for k in range(6):
        expected = ot.emd2_1d(real[:, k].double().numpy(), fake[:, k].double().numpy())
        assert float((fake - target)[:, k].square().mean()) == pytest.approx(expected, rel=1e-5)


def test_a_queue_ranks_the_batch_among_all() -> None:
    recent, fake = torch.arange(100.0)[:, None], torch.tensor([[-1.0], [49.5], [200.0]])
    quantiles = torch.linspace(0, 1, 1001)[None]
    ranks = torch.tensor([0, 51, 102])
    expected = ((ranks + 0.5) / 103 * 1001 - 0.5) / 1000
    torch.testing.assert_close(quantile_targets(fake, recent, quantiles)[:, 0], expected, atol=1e-5, rtol=0)


def test_bures_equals_the_numpy_one() -> None:
    fake, real = (
        normal(range(60), "z", (7,)).double(),
        (normal(range(90), "lift", (7,)) * torch.arange(1.0, 8)).double(),
    )
    mean, cov = real.mean(dim=0), torch.cov(real.T)
    expected = bures_distance(fake.numpy(), mean.numpy(), np.linalg.cholesky(cov.numpy())) ** 2
    assert float(bures_squared(fake, mean, symmetric_root(cov))) == pytest.approx(expected, rel=1e-5)


def test_slices_are_plain_inner_products_on_their_square() -> None:
    maps = normal(range(5), "z", (4, 6, 6))
    layer = LayerSlices((4, 6, 6), 9)
    layer.draw(torch.ones(4), torch.ones(8), generator())
    found = layer(maps)
    assert found.shape == (5, 9)
    for n, side in enumerate((1, 3)):
        for k in range(3):
            row, column = layer.get_buffer(f"corner{n}")[k].tolist()
            square = maps[:, :, row : row + side, column : column + side]
            expected = (square * layer.get_buffer(f"theta{n}")[k]).sum(dim=(1, 2, 3))
            torch.testing.assert_close(found[:, 3 * n + k], expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(found[:, 6:], pooled(maps) @ layer.get_buffer("theta_pooled"))


def ready(real: torch.Tensor, **changed: float) -> FeatureSliced:
    objective = FeatureSliced(FeatureSlicedSettings(30, 64, **changed))  # type: ignore[arg-type]
    objective.network = lambda x, _: [x]
    objective.attach((3, 8, 8), torch.device("cpu"))
    objective.begin(real.split(20), generator())
    return objective


def test_the_population_quantiles_are_numpys() -> None:
    real = normal(range(64), "z", (3, 8, 8))
    objective = ready(real)
    assert objective.memory is not None
    projected = objective._memory().project([real])
    levels = (np.arange(64) + 0.5) / 64
    expected = np.quantile(projected.numpy(), levels, axis=0, method="hazen").T
    np.testing.assert_allclose(objective.memory.get_buffer("quantiles"), expected, atol=1e-5)
    np.testing.assert_allclose(objective.memory.get_buffer("deviation"), projected.numpy().std(axis=0), rtol=1e-5)


def test_the_population_itself_costs_nothing_and_another_does() -> None:
    real = normal(range(64), "z", (3, 8, 8))
    only_slices = {"feature_sliced_queue": 0, "feature_sliced_bures": 0.0, "feature_sliced_local": 0.0}
    objective = ready(real, **only_slices)
    assert float(objective(real, real, 1, generator())) == pytest.approx(0, abs=1e-8)
    assert float(objective(real, 2 * real, 1, generator())) > 0.1


def test_the_queue_keeps_the_latest_fakes() -> None:
    real = normal(range(64), "z", (3, 8, 8))
    objective = ready(real, feature_sliced_queue=24)
    memory = objective._memory()
    for k in range(3):
        objective(real[:16], real[16 * k : 16 * k + 16], 4, generator())
    held = memory.recent_fakes()[0]
    assert held.shape == (24, 30) and int(memory.get_buffer("seen")) == 48
    latest = memory.project([real[24:48]])
    assert torch.allclose(held.sort(dim=0).values, latest.sort(dim=0).values, atol=1e-5)
