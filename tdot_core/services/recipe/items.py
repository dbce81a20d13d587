"""What ships with TDOT, by preset: models, references, and the settings of the benchmark table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tdot_core.errors import unknown_name
from tdot_core.models.arithmetic import FP32

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


@dataclass(frozen=True)
class TableItem:
    """Rows of the benchmark table that one evaluation gives: every prior at every t_star, `sets` sets of n images.

    precision: the denoiser's arithmetic; None for the fastest that the device computes in.
    """

    extractor: str
    layers: tuple[str, ...]
    priors: tuple[str, ...]
    t_stars: tuple[int, ...]
    n: int
    sets: int
    n_steps: int = 10
    samplers: tuple[str, ...] = ("ddim",)
    precision: str | None = None


PUBLISHED = (
    ModelItem("vae-published", "vae", "VAE (published)"),
    ModelItem("gan-published", "gan", "GAN (published)"),
    ModelItem("ot-published", "ot", "OT (published)"),
)
"""The published configuration, which is every kind's default: T 1000, t* 10, batch 128, latent 1024, 32 epochs, width 32."""

BETTER = (
    ModelItem("ot-local", "ot", "OT (local)",
              {"objective": "local", "latent": 128, "lr": 1e-3, "noise": "fresh", "inject_noise": True}, preferred=True),
    ModelItem("vae-textured", "vae", "VAE (textured)",
              {"decoder": "textured", "kl_weight": 4.0, "latent": 128, "lr": 5e-4, "noise": "fresh"}, preferred=True),
)  # fmt: skip
"""Variants trained otherwise than published, for better images; screens begin with them once they ship."""

GAUSSIAN = ModelItem("gaussian", "gaussian", "Gaussian", {"components": 480}, preferred=True)

MODELS: dict[str, tuple[ModelItem, ...]] = {
    "cpu": (
        ModelItem("cifar-cnn", "cifar-cnn", "Feature network", {"epochs": 16}, preferred=True),
        GAUSSIAN,
        ModelItem("denoiser", "denoiser", "Denoiser",
                  {"epochs": 24, "lr": 8e-4, "anneal": True, "head_dim": 64}, preferred=True),
        *PUBLISHED,
        *BETTER,
    ),
    "gpu": (
        ModelItem("cifar-cnn", "cifar-cnn", "Feature network", {"epochs": 40, "batch": 512}, preferred=True),
        GAUSSIAN,
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

_FULL, _PURE = (10, 50, 100, 200, 400), (1000,)
_DEEP = (10, 100, 400)


def table_items(priors: tuple[str, ...]) -> tuple[TableItem, ...]:
    """Return the evaluations behind the benchmark table, what is asked for most first.

    priors: what is compared at every t_star; plain diffusion (vanilla at t_star 1000) stands beside them.
    """
    cnn = ("cifar-cnn", ("penultimate",))
    pure = ("ddim", "dpmpp-2m")
    return (
        # Few images in float32, so that anyone can make these rows again within minutes, and every machine can.
        TableItem(*cnn, priors, (10, 200), 500, 2, precision=FP32),
        TableItem("inception", ("64",), priors, (10,), 5000, 3),
        TableItem(*cnn, priors, _FULL, 5000, 3),
        # Over all 1000 steps bf16 adds 1 % to FD-cnn; from t_star = 400 down it adds a tenth of that.
        TableItem(*cnn, ("vanilla",), _PURE, 5000, 3, samplers=pure, precision=FP32),
        TableItem("inception", ("64",), priors, _FULL[1:], 2000, 1),
        TableItem("inception", ("192", "768"), priors, _DEEP, 2000, 1),
        *(TableItem(*cnn, ("vanilla",), _PURE, 2000, 1, steps, pure, FP32) for steps in (20, 50)),
        *(
            TableItem("inception", ("64", "192", "768"), ("vanilla",), _PURE, 2000, 1, steps, pure, FP32)
            for steps in (10, 20, 50)
        ),
    )


def model_items(preset: str) -> tuple[ModelItem, ...]:
    """Return the models of a preset; raises TdotError listing the presets."""
    if preset not in MODELS:
        raise unknown_name("preset", preset, MODELS)
    return MODELS[preset]
