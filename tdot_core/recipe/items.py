"""What ships with TDOT, by preset: models and references. The benchmark table's rows: sweeps/benchmark.toml."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tdot_core.errors import unknown_name
from tdot_core.services.training.preset_catalogue import BEST, FROZEN, preset_settings

DATASET = "cifar10"


@dataclass(frozen=True)
class ModelItem:
    """One shipped model. name: its folder under assets/models; settings: what differs from the kind's defaults.

    preferred: the run that its kind's key stands for.
    """

    name: str
    kind: str
    label: str
    settings: dict[str, Any] = field(default_factory=dict)
    preferred: bool = False
    seed: int = 0


@dataclass(frozen=True)
class ReferenceItem:
    """The statistics of all real training features of one layer, and `sample` rows of them."""

    extractor: str
    layer: str
    sample: int

    @property
    def name(self) -> str:
        """Return what `--only` calls it."""
        return f"{self.extractor}-{self.layer}"


PUBLISHED = (
    ModelItem("vae-published", "vae", "VAE (published)"),
    ModelItem("gan-published", "gan", "GAN (published)"),
    ModelItem("ot-published", "ot", "OT (published)"),
)
"""The published configuration, which is every kind's default: T 1000, t* 10, batch 128, latent 1024, 32 epochs, width 32."""

BETTER = (
    ModelItem("ot-local", "ot", "OT (local)", preset_settings("ot", BEST), preferred=True),
    ModelItem("ot-moments", "ot", "OT (moments)", preset_settings("ot", FROZEN)),
    ModelItem("vae-textured", "vae", "VAE (textured)", preset_settings("vae", BEST), preferred=True),
)  # fmt: skip
"""Variants trained otherwise than published, for better images; screens begin with them once they ship."""

GAUSSIAN = ModelItem("gaussian", "gaussian", "Gaussian", {"components": 480}, preferred=True)

WIENER = ModelItem("wiener", "wiener", "Wiener filter", preferred=True)
"""What every denoiser must beat."""

MODELS: dict[str, tuple[ModelItem, ...]] = {
    "cpu": (
        ModelItem("cifar-cnn", "cifar-cnn", "Feature network", {"epochs": 16}, preferred=True),
        GAUSSIAN,
        WIENER,
        ModelItem("denoiser", "denoiser", "Denoiser",
                  {"epochs": 24, "lr": 8e-4, "anneal": True, "head_dim": 64}, preferred=True),
        *PUBLISHED,
        *BETTER,
    ),
    "gpu": (
        ModelItem("cifar-cnn", "cifar-cnn", "Feature network", {"epochs": 40, "batch": 512}, preferred=True),
        GAUSSIAN,
        WIENER,
        ModelItem("denoiser", "denoiser", "Denoiser", {"epochs": 400, "batch": 512, "lr": 8e-4, "ema": 0.9998}, preferred=True),
        ModelItem("denoiser-large", "denoiser", "Denoiser (large)",
                  {"width": 128, "layers": 2, "epochs": 800, "batch": 512, "lr": 4e-4, "ema": 0.9999}),
        *PUBLISHED,
        *BETTER,
    ),
}  # fmt: skip

REFERENCES = (
    ReferenceItem("cifar-cnn", "penultimate", 10_000),
    ReferenceItem("inception", "64", 10_000),
    ReferenceItem("inception", "192", 1_000),
    ReferenceItem("inception", "768", 1_000),
)
"""Layer 2048 would be 8 MB of statistics alone; it is computed on first use."""

SPACES: dict[str, tuple[str, ...]] = {
    key: tuple(item.layer for item in REFERENCES if item.extractor == key)
    for key in dict.fromkeys(item.extractor for item in REFERENCES)
}
"""The layers by extractor in which studies measure: those whose real side ships."""


def model_items(preset: str) -> tuple[ModelItem, ...]:
    """Return the models of a preset; raises TdotError listing the presets."""
    if preset not in MODELS:
        raise unknown_name("preset", preset, MODELS)
    return MODELS[preset]
