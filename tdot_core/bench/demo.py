"""The models that the groups time: the shipped ones, or untrained twins of the same size and speed."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.models.dcgan import Generator
from tdot_core.models.denoiser import DenoiserConfig, build_denoiser
from tdot_core.models.seeded import seeded_init
from tdot_core.priors import priors
from tdot_core.priors.learned import LearnedConfig
from tdot_core.services.sampling.loading import LoadedNet, LoadedPrior, best_run, load_net, load_prior


@dataclass(frozen=True)
class DemoModels:
    """A denoiser and some priors on the CPU; note says so when some are untrained, for a result's name."""

    net: LoadedNet
    priors: dict[str, LoadedPrior]
    note: str


def demo_models(*keys: str) -> DemoModels:
    """Load the default denoiser and the priors with these keys on the CPU, building untrained ones where none exists."""
    missing = [kind for kind in ("denoiser", *keys) if kind != "vanilla" and best_run(kind) is None]
    net = _untrained_net() if "denoiser" in missing else load_net()
    loaded = {key: _untrained_prior(key) if key in missing else load_prior(key) for key in keys}
    return DemoModels(net, loaded, f" (untrained {', '.join(missing)}: same size and speed)" if missing else "")


def _untrained_net() -> LoadedNet:
    config = DenoiserConfig()
    net = seeded_init(lambda: build_denoiser(config), torch.Generator().manual_seed(0)).eval().requires_grad_(False)
    return LoadedNet("denoiser", lambda: net, NoiseSchedule(config.schedule), "untrained")


def _untrained_prior(key: str) -> LoadedPrior:
    cls = priors.get(key)
    prior = cls()
    config: LearnedConfig = prior.config
    weights = seeded_init(lambda: Generator(config.latent, config.width), torch.Generator().manual_seed(0)).state_dict()
    prior.load_weights(weights)
    return LoadedPrior(key, prior, "untrained")
