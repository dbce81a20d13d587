"""A diffusers scheduler's settings as our schedule and target: honoured, known to change nothing here, or refused by name."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.maths.schedule import CUSTOM, LINEAR_FIRST, LINEAR_LAST, Float64, NoiseSchedule

TARGETS = {"epsilon": "eps", "v_prediction": "v", "sample": "sample"}
SCHEDULERS = {
    "DDPMScheduler",
    "DDPMParallelScheduler",
    "DDIMScheduler",
    "DDIMParallelScheduler",
    "DDIMInverseScheduler",
    "PNDMScheduler",
    "LMSDiscreteScheduler",
    "EulerDiscreteScheduler",
    "EulerAncestralDiscreteScheduler",
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DPMSolverSDEScheduler",
    "DEISMultistepScheduler",
    "UniPCMultistepScheduler",
    "SASolverScheduler",
    "TCDScheduler",
}
"""Schedulers of networks that see x_t = sqrt(ab_t) x0 + sqrt(1 - ab_t) eps at whole t: only how they walk differs, and we walk ourselves."""
OURS = {
    "clip_sample",
    "clip_sample_range",
    "timestep_spacing",
    "steps_offset",
    "set_alpha_to_one",
    "set_alpha_to_zero",
    "skip_prk_steps",
    "variance_type",
    "solver_order",
    "solver_type",
    "algorithm_type",
    "solver_p",
    "predict_x0",
    "disable_corrector",
    "lower_order_final",
    "euler_at_final",
    "final_sigmas_type",
    "lambda_min_clipped",
    "use_karras_sigmas",
    "use_exponential_sigmas",
    "use_beta_sigmas",
    "use_lu_lambdas",
    "sigma_min",
    "sigma_max",
    "interpolation_type",
    "dynamic_thresholding_ratio",
    "sample_max_value",
    "noise_sampler_seed",
    "predictor_order",
    "corrector_order",
    "tau_func",
    "original_inference_steps",
    "timestep_scaling",
    "gamma",
    "prediction_type",
    "tensor_format",
}
"""Settings of the walk, not of the network: sampler, grid, clipping and ancestral noise are chosen here, and stand in every row."""
UNLESS: dict[str, Any] = {
    "thresholding": False,
    "rescale_betas_zero_snr": False,
    "use_flow_sigmas": False,
    "use_dynamic_shifting": False,
    "flow_shift": 1.0,
    "shift_terminal": None,
    "time_shift_type": "exponential",
    "timestep_type": "discrete",
    "timestep_values": None,
}
"""Settings that would change what the network sees: taken at these values only."""
LEFT_OUT = {"beta_start": LINEAR_FIRST, "beta_end": LINEAR_LAST, "beta_schedule": "linear"}
_STABLE = LEFT_OUT | {"beta_start": 0.00085, "beta_end": 0.012}
LEFT_OUT_OF: dict[str, dict[str, Any]] = {
    "HeunDiscreteScheduler": _STABLE,
    "KDPM2DiscreteScheduler": _STABLE,
    "KDPM2AncestralDiscreteScheduler": _STABLE,
    "DPMSolverSDEScheduler": _STABLE,
    "TCDScheduler": _STABLE | {"beta_schedule": "scaled_linear"},
}
"""What a class takes for settings that its file leaves out, where that is not LEFT_OUT."""
_OLD_TARGET = "predict_epsilon"
"""What diffusers asked before there was prediction_type: true for epsilon, false for the sample."""


@dataclass(frozen=True)
class ForeignSchedule:
    """schedule: the noise levels that the network was trained under; target: what it gives; note: what had to be assumed, or ""."""

    schedule: NoiseSchedule
    target: str
    note: str = ""


ASSUMED = ForeignSchedule(
    NoiseSchedule(),
    "eps",
    "No scheduler lies beside this network, so a linear schedule of 1000 steps from 1e-4 to 0.02 and epsilon prediction are assumed.",
)


def read_schedule(config: Mapping[str, Any]) -> ForeignSchedule:
    """Return what a scheduler_config.json says; raises TdotError naming the first setting that cannot be honoured."""
    kind = str(config.get("_class_name") or "DDPMScheduler")
    if kind not in SCHEDULERS:
        raise TdotError(
            f"TDOT does not know the {kind[:60]}: it walks networks that see sqrt(ab) x0 + sqrt(1 - ab) eps at whole t, those of "
            f"{', '.join(sorted(SCHEDULERS)[:6])} and their kin."
        )
    known = {
        "num_train_timesteps",
        "beta_start",
        "beta_end",
        "beta_schedule",
        "trained_betas",
        _OLD_TARGET,
        *OURS,
        *UNLESS,
    }
    for name, value in config.items():
        if name not in known and not name.startswith("_"):
            raise TdotError(
                f"The scheduler's setting {name[:60]} is not known to TDOT, and may change the arithmetic. Remove it if not."
            )
        if name in UNLESS and value not in (UNLESS[name], None):
            raise TdotError(f"The scheduler sets {name} = {str(value)[:40]}; TDOT takes only {UNLESS[name]}.")
    return ForeignSchedule(
        _schedule(LEFT_OUT_OF.get(kind, LEFT_OUT) | dict(config)), _target(config), _clipping(config)
    )


def _target(config: Mapping[str, Any]) -> str:
    old = config.get(_OLD_TARGET, True)
    if not isinstance(old, bool):
        raise TdotError(f"The scheduler's {_OLD_TARGET} is true or false, found {str(old)[:40]!r}.")
    prediction = config.get("prediction_type", "epsilon" if old else "sample")
    if not isinstance(prediction, str) or prediction not in TARGETS:
        raise TdotError(f"This network predicts {str(prediction)[:40]!r}; TDOT takes {', '.join(TARGETS)}.")
    if not old and prediction != "sample":
        raise TdotError(
            f"The scheduler sets {_OLD_TARGET} = False and prediction_type = {prediction}; keep the true one."
        )
    return TARGETS[prediction]


def _clipping(config: Mapping[str, Any]) -> str:
    """Return what to say where the scheduler would clamp x0_hat to other numbers than TDOT does."""
    limit = _number(config, "clip_sample_range", 1.0)
    if limit <= 0:
        raise TdotError(f"The scheduler's clip_sample_range is a number above 0, found {limit:g}.")
    if limit == 1 or not config.get("clip_sample", True):
        return ""
    return f"Its scheduler clamps x0_hat to [-{limit:g}, {limit:g}]; TDOT clamps it to [-1, 1], or not at all with --no-clip."


def _number(config: Mapping[str, Any], name: str, default: float | None = None) -> float:
    value = config.get(name, default)
    if not _is_number(value):
        raise TdotError(f"The scheduler's {name} is a number, found {str(value)[:40]!r}.")
    return float(value)


def _is_number(value: Any) -> bool:
    # json reads whole numbers of any length, beyond what a float holds.
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _schedule(config: Mapping[str, Any]) -> NoiseSchedule:
    """Return the noise levels of a config in which nothing is left out but num_train_timesteps and trained_betas."""
    given = config.get("trained_betas")
    if given is not None and not (isinstance(given, list) and given and all(map(_is_number, given))):
        raise TdotError("The scheduler's trained_betas are a list of numbers, one for every step.")
    T = _number(config, "num_train_timesteps", len(given) if given else 1000)
    if int(T) != T or not 1 <= T <= 1_000_000:
        raise TdotError(f"The scheduler's num_train_timesteps is a whole number from 1 to 1,000,000, found {T:g}.")
    if given:
        return NoiseSchedule(CUSTOM, int(T), tuple(map(float, given)))
    name, first, last = str(config["beta_schedule"]), _number(config, "beta_start"), _number(config, "beta_end")
    if name == "squaredcos_cap_v2":
        return NoiseSchedule("cosine", int(T))
    if name == "linear" and (first, last) == (LINEAR_FIRST, LINEAR_LAST):
        return NoiseSchedule("linear", int(T))
    return NoiseSchedule(CUSTOM, int(T), tuple(_betas(name, first, last, int(T)).tolist()))


def _betas(name: str, first: float, last: float, T: int) -> Float64:
    if name == "linear":
        return np.linspace(first, last, T)
    if name == "scaled_linear":
        return np.linspace(max(first, 0) ** 0.5, max(last, 0) ** 0.5, T) ** 2
    if name == "sigmoid":
        return (last - first) / (1 + np.exp(-np.linspace(-6, 6, T))) + first
    raise TdotError(
        f"The noise schedule {name[:40]!r} is not one of TDOT's: linear, scaled_linear, squaredcos_cap_v2, sigmoid, or trained_betas."
    )
