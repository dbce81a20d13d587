"""The feature objective in training: it goes on bit for bit after a checkpoint."""

from __future__ import annotations

import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal, stream
from tdot_core.models.cifar_cnn import CifarCnn
from tdot_core.models.cifar_cnn_training import CifarCnnTraining
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.efficientnet_lite import EfficientNetLite0
from tdot_core.models.features import feature_networks
from tdot_core.models.fitting import ImageData
from tdot_core.models.seeded import seeded_init
from tdot_core.priors.gan import GanPrior
from tdot_core.priors.ot import OtPrior
from tdot_core.priors.vae import VaePrior


def images(n: int = 24) -> ImageData:
    import numpy as np

    return ImageData(stream(7, "train").integers(0, 256, (n, 32, 32, 3), dtype=np.uint8))


CONFIG = OtPrior.Config(
    epochs=2,
    batch=8,
    latent=8,
    width=8,
    n_projections=15,
    objective="feature-sliced",
    feature_sliced_slices=18,
    feature_sliced_quantiles=16,
    feature_sliced_queue=12,
)


def test_a_resumed_training_equals_an_uninterrupted_one() -> None:
    whole = OtPrior(CONFIG)
    saved = None
    for progress in whole.fit(images(), CONFIG, torch.Generator().manual_seed(3)):
        if progress.step == 3:
            assert whole.state is not None
            saved = whole.state.tensors()
    assert saved is not None and any(name.startswith("module/objective/") for name in saved)
    resumed = OtPrior(CONFIG)
    for _ in resumed.fit(images(), CONFIG, torch.Generator().manual_seed(3), saved):
        pass
    assert whole.state is not None and resumed.state is not None
    one, two = whole.state.tensors(), resumed.state.tensors()
    assert one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def test_a_training_looks_through_what_its_settings_name() -> None:
    assert OtPrior.looks_through(OtPrior.Config(objective="feature-sliced")) == "random-conv"
    assert OtPrior.looks_through(OtPrior.Config(features="denoiser")) == ""
    for name in ("denoiser", "cifar-cnn", "efficientnet-lite0"):
        assert OtPrior.looks_through(OtPrior.Config(objective="feature-sliced", features=name)) == name
        for rival in (GanPrior, VaePrior):
            assert rival.looks_through(rival.Config(features=name)) == name
            assert rival.looks_through(rival.Config()) == ""


def lent(key: str) -> tuple[dict[str, torch.Tensor], object] | None:
    if key == "cifar-cnn":
        config: object = CifarCnnTraining.Config(width=16)
        return seeded_init(lambda: CifarCnn(16, 10), torch.Generator().manual_seed(0)).state_dict(), config
    if key == "efficientnet-lite0":
        return seeded_init(EfficientNetLite0, torch.Generator().manual_seed(0)).state_dict(), None
    if key.startswith("denoiser"):
        more = {"denoiser": {"target": "eps"}, "denoiser-wiener": {}, "denoiser-experts": {"experts": 100}}[key]
        settings = DenoiserConfig(width=32, components=4, **more)  # type: ignore[arg-type]
        return seeded_init(lambda: build_denoiser(settings), torch.Generator().manual_seed(0)).state_dict(), settings
    return None


@pytest.mark.parametrize("key", [*feature_networks.all(), "denoiser-wiener", "denoiser-experts"])
def test_every_network_gives_maps_with_a_gradient_and_keeps_its_weights(key: str) -> None:
    network = feature_networks.get("denoiser" if key.startswith("denoiser") else key)(
        lent(key), 10, NoiseSchedule(), torch.device("cpu")
    )
    x = normal(range(3), "z", (3, 32, 32)).requires_grad_()
    maps = network(x, torch.Generator().manual_seed(1))
    assert len(maps) >= 3 and all(m.ndim == 4 and len(m) == 3 for m in maps)
    sum(m.square().mean() for m in maps).backward()  # type: ignore[union-attr]
    assert x.grad is not None and float(x.grad.abs().max()) > 0
    again = network(x.detach(), torch.Generator().manual_seed(1))
    assert all(torch.equal(a.detach(), b) for a, b in zip(maps, again, strict=True))


@pytest.mark.parametrize("key", ["denoiser", "cifar-cnn", "efficientnet-lite0"])
def test_a_network_that_must_be_lent_says_so(key: str) -> None:
    with pytest.raises(TdotError, match="train one|pip install"):
        feature_networks.get(key)(None, 10, NoiseSchedule(), torch.device("cpu"))


def test_a_denoiser_of_another_schedule_is_refused() -> None:
    with pytest.raises(TdotError, match="linear schedule"):
        feature_networks.get("denoiser")(lent("denoiser"), 10, NoiseSchedule("cosine"), torch.device("cpu"))
