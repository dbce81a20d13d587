"""Settings by name, ready to train with: the published configuration, the best known, and two minutes on two cores; no torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tdot_core.errors import TdotError, unknown_name
from tdot_core.services.catalogue.priors import attribute, read_classes
from tdot_core.services.storage.paths import project_root

PUBLISHED, BEST, FROZEN, FAIR, QUICK = "published", "best", "frozen", "fair", "two-minutes"
IMAGES, BATCH = 50_000, 128

_FRESH: dict[str, Any] = {"latent": 128, "noise": "fresh"}
_INJECTED = {**_FRESH, "lr": 1e-3, "inject_noise": True}
_SMALL = {"width": 16, "epochs": 1, "ema": 0.99}


@dataclass(frozen=True)
class Preset:
    """Settings that differ from the defaults. kind: what they train; name: unique within kind and objective; minutes: about how
    long on two idle x86-64 cores with CIFAR-10, 0 where nobody measured; summary: one sentence for a form.
    """

    kind: str
    name: str
    label: str
    summary: str
    minutes: float
    settings: dict[str, Any] = field(default_factory=dict)


_NAMED = (
    Preset("vae", PUBLISHED, "Published", "The published configuration: every default.", 65),
    Preset("gan", PUBLISHED, "Published", "The published configuration: every default.", 170),
    Preset("ot", PUBLISHED, "Published", "The published configuration: every default.", 120),
    Preset("vae", BEST, "Best known", "Draws the noise around its mean too, as learned; ships as VAE (textured).", 60,
           {**_FRESH, "decoder": "textured", "kl_weight": 4.0, "lr": 5e-4}),
    Preset("ot", BEST, "Best known", "Slices of local squares, the known noise added; ships as OT (local).", 70,
           {**_INJECTED, "objective": "local"}),
    Preset("ot", FROZEN, "Frozen features", "Moments of all layers of EfficientNet-Lite0, which saw ImageNet; ships as OT (moments).", 75,
           {**_INJECTED, "objective": "feature-moments", "features": "efficientnet-lite0", "epochs": 12, "cooldown": 0.2}),
    Preset("vae", FAIR, "Fair rival", "The best known, with codes drawn from ten Gaussians fitted after training.", 60,
           {**_FRESH, "decoder": "textured", "kl_weight": 4.0, "lr": 5e-4, "codes": "mixture"}),
    Preset("gan", FAIR, "Fair rival", "SNGAN's critic of eight spectrally normalised layers, hinge loss, steps 4e-4 and 1e-4.", 0,
           {**_FRESH, "critic": "sngan", "loss": "hinge", "lr": 1e-4, "critic_lr": 4e-4}),
    Preset("vae", QUICK, "Two minutes", "A smaller network, one pass over the images.", 2, {**_FRESH, **_SMALL, "lr": 1e-3}),
    Preset("gan", QUICK, "Two minutes", "A smaller network, one pass over the images.", 2, {**_FRESH, **_SMALL}),
)  # fmt: skip

_QUICKER: dict[str, dict[str, Any]] = {
    "feature-sliced": {"feature_sliced_slices": 96, "n_projections": 250},
    "feature-moments": {"feature_moments_queue": 512, "n_projections": 250},
    "max-sliced": {"n_projections": 250},
}
"""What an objective needs besides, to end within two minutes."""


@cache
def objective_labels() -> dict[str, str]:
    """Return the label of every transport objective by key, read from the sources in tdot_core/maths/objectives."""
    classes = read_classes(project_root() / "tdot_core" / "maths" / "objectives")
    return {
        str(facts.own["key"]): str(attribute(classes, name, "label", ""))
        for name, facts in classes.items()
        if "key" in facts.own
    }


def presets_of(kind: str) -> tuple[Preset, ...]:
    """Return the presets of what can be trained, those of a single objective after the others; () where it has none."""
    named = tuple(preset for preset in _NAMED if preset.kind == kind)
    if kind != "ot":
        return named
    return named + tuple(_quick_transport(key, label) for key, label in objective_labels().items())


def _quick_transport(objective: str, label: str) -> Preset:
    settings = {**_INJECTED, **_SMALL, "objective": objective, **_QUICKER.get(objective, {})}
    return Preset("ot", QUICK, f"Two minutes: {label}", "A smaller generator, one pass over the images.", 2, settings)


def preset_settings(kind: str, name: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the settings of a preset under those that are given besides, which count more.

    Where several presets of a kind share the name, the one of the given objective is meant, else the first. Raises TdotError
    listing the names that the kind has.
    """
    given = dict(given or {})
    found = [preset for preset in presets_of(kind) if preset.name == name]
    if not found:
        known = dict.fromkeys(preset.name for preset in presets_of(kind))
        if not known:
            raise TdotError(f"{kind} has no presets; leave --preset out, its defaults are its settings.")
        raise unknown_name(f"preset of {kind}", name, known)
    wanted = given.get("objective")
    return {**next((p for p in found if p.settings.get("objective") == wanted), found[0]).settings, **given}
