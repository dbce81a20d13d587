"""Training data that stays on the device gives the same images, and the noise drawn there resumes."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tdot_core.models.device_noise import noise_like
from tdot_core.models.fitting import ImageData, ResidentImages, near

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU"))]


@pytest.fixture
def data() -> ImageData:
    images = np.random.default_rng(0).integers(0, 256, (20, 8, 8, 3), dtype=np.uint8)
    images.flags.writeable = False  # as a memory map is
    return ImageData(images, np.arange(20))


@pytest.mark.parametrize("device", DEVICES)
def test_resident_images_are_the_images(data: ImageData, device: str) -> None:
    resident = ResidentImages(data, torch.device(device))
    index = torch.tensor([3, 19, 0, 3])
    assert len(resident) == 20 and np.array_equal(np.asarray(resident.labels), np.arange(20))
    assert resident.x0(index).device.type == device
    assert torch.equal(resident.x0(index).cpu(), data.x0(index))


def test_on_the_cpu_nothing_is_copied(data: ImageData) -> None:
    assert near(data, torch.device("cpu")) is data


def test_noise_on_the_cpu_is_the_generators_own() -> None:
    x = torch.zeros(2, 3, 4, 4)
    assert torch.equal(
        noise_like(x, torch.Generator().manual_seed(5)),
        torch.randn(x.shape, generator=torch.Generator().manual_seed(5)),
    )


@pytest.mark.parametrize("device", DEVICES)
def test_a_resumed_generator_draws_the_same_noise_and_the_next_step_other_noise(device: str) -> None:
    x, generator = torch.zeros(4, 3, 32, 32, device=device), torch.Generator().manual_seed(1)
    state = generator.get_state()
    first, second = noise_like(x, generator), noise_like(x, generator)
    generator.set_state(state)
    assert torch.equal(noise_like(x, generator), first) and not torch.equal(first, second)
    assert abs(float(first.mean())) < 0.05 and abs(float(first.std()) - 1) < 0.05 and first.device == x.device
