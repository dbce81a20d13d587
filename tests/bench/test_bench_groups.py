"""Each group on small models: it does the work that its result's name says, and reports it against its bar."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ot
import pytest
import torch

from tdot_core.bench import pipeline, sample_screen, sliced, truncation
from tdot_core.bench.demo import demo_models
from tdot_core.maths.objectives.sliced import random_directions, sliced_wasserstein
from tdot_core.models.nfe import count_nfe


def forwards(net: torch.nn.Module, work: Callable[[], object]) -> list[int]:
    """The batch sizes of every forward of a network inside work."""
    sizes: list[int] = []
    handle = net.register_forward_hook(lambda module, inputs, output: sizes.append(len(inputs[0])))
    try:
        work()
    finally:
        handle.remove()
    return sizes


@pytest.mark.parametrize(("n", "d", "k"), [(128, 3072, 128), (2, 1, 1), (33, 64, 500)])
def test_the_loss_equals_pots_squared_with_its_gradient(n: int, d: int, k: int) -> None:
    generator = torch.Generator().manual_seed(n)
    real = torch.randn(n, d, generator=generator)
    theta = random_directions(d, k, generator)
    fakes = [
        (torch.randn(n, d, generator=torch.Generator().manual_seed(1)) * 0.7 + 0.2).requires_grad_() for _ in range(2)
    ]
    ours = sliced_wasserstein(real, fakes[0], theta)
    theirs = ot.sliced_wasserstein_distance(real, fakes[1], projections=theta, p=2) ** 2
    ours.backward()
    theirs.backward()
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    assert fakes[0].grad is not None and fakes[1].grad is not None
    assert float((fakes[0].grad - fakes[1].grad).norm() / fakes[1].grad.norm()) < 1e-5


def test_sliced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sliced, "REPEATS", 1)
    time, value, gradient = sliced.run()
    assert (time.unit, time.bar) == ("ratio", "<= 1") and time.value is not None and time.value > 0
    assert value.holds is True and gradient.holds is True and value.bar == gradient.bar == "<= 1e-05"


def test_truncation_times_ten_steps_against_a_stretch_of_the_thousand(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(truncation, "REPEATS", 1)
    monkeypatch.setattr(truncation, "STRETCH", 40)
    models = demo_models("ot", "vanilla")
    assert models.note == ""
    assert forwards(models.net.net, lambda: truncation._truncated(models)) == [16] * 20
    stretch = truncation._stretch(models)
    for _ in range(2):
        assert forwards(models.net.net, lambda: truncation._advance(stretch)) == [16] * 20
    (result,) = truncation.run()
    assert (result.unit, result.bar) == ("times", ">= 95") and result.value is not None and result.value > 1
    assert "1000 steps taken as 25 x a timed stretch of 40, in pieces of 20 with 2 truncated batches" in result.name


def test_both_pipelines_do_the_same_work(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "REPEATS", 1)
    monkeypatch.setattr(pipeline, "STEPS", 3)
    monkeypatch.setattr(pipeline, "BATCH", 4)
    models = demo_models("vanilla")
    pipe = pipeline._pipeline(models.net)
    with count_nfe() as nfe:
        pipeline._ours(models.net, models.priors["vanilla"])
    assert (nfe.forwards, nfe.images) == (3, 12)
    theirs = forwards(models.net.net.unet, lambda: pipe(batch_size=4, num_inference_steps=3, output_type="np"))
    assert theirs == [4, 4, 4]
    (result,) = pipeline.run()
    assert (result.unit, result.bar) == ("ratio", "<= 1.03") and result.value is not None and result.value > 0


def test_the_sample_screen_draws_every_column(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample_screen, "REPEATS", 1)
    monkeypatch.setattr(sample_screen, "IMAGES", 2)
    # Playwright runs once per thread, and the browser tests may hold this one.
    with ThreadPoolExecutor(1) as pool:
        seconds, first, again = pool.submit(sample_screen.run).result()
    assert again.bar == "< 0.3" and (again.value is None or again.value > 0)
    assert (seconds.unit, seconds.bar, first.unit, first.bar) == ("seconds", "< 5", "ratio", "< 1")
    assert seconds.value is not None and seconds.value > 0 and first.holds is True


def test_models_that_are_missing_are_untrained_twins_and_said_so(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "no-assets"))
    models = demo_models("ot", "vanilla")
    assert models.note == " (untrained denoiser, ot: same size and speed)"
    assert models.priors["ot"].prior.sample([1, 2], 10).shape == (2, 3, 32, 32)
    assert models.priors["vanilla"].run is None
