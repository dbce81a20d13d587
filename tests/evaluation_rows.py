"""Whole rows of an evaluation, as tests want them."""

from __future__ import annotations

from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.rows import EvaluationRow


def row(key: str = "vae", fd: float | None = 5.0, **changes: object) -> EvaluationRow:
    """Return a whole row whose Fréchet distance is fd."""
    values: dict[str, object] = {
        "prior": key, "label": key.upper(), "key": key, "run": "", "net": "denoiser", "t_star": 10, "t_train": 10,
        "sampler": "ddim", "eta": 0.0, "n_steps": 10, "nfe": 10, "nfe_prior": 1, "n": 64, "sets": 2, "seed": 0, "n_real": 100,
        "dataset": "digits", "extractor": "cifar-cnn", "layer": "penultimate", "clip_x0": True, "seconds_prior": 0.01,
        "seconds_chain": 0.05, "device": "cpu", "created": "2026-01-02T03:04:05Z", "metrics": {"fd": MetricValue(fd, 0.1, 64, 100, 2)},
    }  # fmt: skip
    return EvaluationRow(**{**values, **changes})  # type: ignore[arg-type]
