"""The form of a new evaluation; every choice is in the address."""

from __future__ import annotations

from typing import Any

import streamlit as st

from tdot_core.metrics import metrics
from tdot_core.models.arithmetic import DRAWING, FP32
from tdot_core.services.prior_catalogue import PriorChoice, prior_choices
from tdot_core.services.runs.store import list_runs
from ui import address
from ui.evaluate_outside import ask_outside
from ui.evaluate_spaces import Real, Space, add_fold, more_layers, pick_real, pick_space
from ui.page import plain
from ui.query import BIND, explain
from ui.sample_request import SAMPLERS, below_sentence, default_priors, names_by_run

T_MOST, N_MOST, SETS_MOST, SEED_MOST = 1000, 100_000, 100, 2**31 - 1
T_OFFERED = ("10", "20", "50", "100", "200", "500", "1000")
DEVICES = ("auto", "cpu", "cuda", "mps")
DATA = "e_data"


def ask() -> tuple[dict[str, Any], Real, Space | None]:
    """Show the form and return the settings of an EvaluationSpec as plain values, with the real images and features chosen."""
    choices = {choice.name: choice for choice in prior_choices()}
    values = _priors(choices)
    values |= _chain() | _amount()
    left, right = st.columns(2)
    with left:
        real = pick_real(DATA)
        add_fold(DATA)
    with right:
        space = pick_space(real, "e_space")
        layers = more_layers(real, space, "e_layers") if space else ()
        values["include_floor"] = _floor(real)
        values["prior_error"] = _prior_error(real)
    values |= {"dataset": real.name} | ({"extractor": space.extractor.key, "layers": layers} if space else {})
    values |= ask_outside()
    values |= _advanced(values["samplers"])
    _explain_below(values, choices)
    return values, real, space


def _floor(real: Real) -> bool:
    if real.info is None or not real.info.n_test:
        st.caption(
            f"With test images of {plain(real.name)} imported, a row of real ones shows what a perfect prior would reach."
        )
        return False
    about = "The value that a perfect prior and chain would reach."
    return bool(st.toggle("Add a row of real test images", True, key="e_floor", help=about, **BIND))


def _prior_error(real: Real) -> bool:
    if real.info is None or not real.info.n_test:
        return False
    about = "Adds the oracle's rows and the distances at x_t*: floor + gap = what is observed."
    return bool(st.toggle("Split off the prior's error", False, key="e_prior_error", help=about, **BIND))


def _priors(choices: dict[str, PriorChoice]) -> dict[str, Any]:
    default = default_priors(list(choices.values()))
    address.rename("prior", names_by_run(choices.values()))
    address.read("prior", "e_priors", choices, default, many=True)
    names = st.multiselect(
        "Priors", list(choices), key="e_priors", format_func=lambda n: choices[n].label if n in choices else n
    )
    address.write("prior", "e_priors", default)
    return {"priors": tuple(names)}


def _chain() -> dict[str, Any]:
    t_box, sampler_box, steps_box = st.columns([3, 3, 1])
    address.read("t", "e_ts", [str(t) for t in range(1, T_MOST + 1)], ["10"], many=True)
    held = st.session_state.get("e_ts", [])
    with t_box:
        texts = st.multiselect(
            "Truncation steps t*", [*T_OFFERED, *(t for t in held if t not in T_OFFERED)], key="e_ts", accept_new_options=True,
            help="Where the chain starts; type any step from 1 to 1000. One row per prior, t* and sampler.",
        )  # fmt: skip
        address.write("t", "e_ts", ["10"])
        good = [t for t in texts if t.isdecimal() and 1 <= int(t) <= T_MOST]
        if bad := [t for t in texts if t not in good]:
            st.caption(
                f":material/error: t* is a whole number from 1 to {T_MOST}; left out: {plain(', '.join(bad)[:80])}"
            )
    with sampler_box:
        address.read("sampler", "e_samplers", SAMPLERS, ["ddim"], many=True)
        samplers = st.multiselect(
            "Samplers", list(SAMPLERS), key="e_samplers", format_func=lambda s: SAMPLERS.get(s, s)
        )
        address.write("sampler", "e_samplers", ["ddim"])
    with steps_box:
        explain("e_steps", low=1, high=T_MOST)
        n_steps = st.number_input(
            "Steps", 1, T_MOST, 10, key="e_steps", help="Network calls per image, at most the smallest t*.", **BIND
        )
    return {"t_stars": tuple(sorted(int(t) for t in good)), "samplers": tuple(samplers), "n_steps": int(n_steps)}


def _amount() -> dict[str, Any]:
    for name, low, high in (("e_n", 2, N_MOST), ("e_sets", 1, SETS_MOST), ("e_seed", 0, SEED_MOST)):
        explain(name, low=low, high=high)
    n_box, sets_box, seed_box = st.columns(3)
    n = n_box.number_input(
        "Images per set (N)",
        2,
        N_MOST,
        500,
        step=100,
        key="e_n",
        help="Most metrics depend on N: compare only at equal N.",
        **BIND,
    )
    sets = sets_box.number_input(
        "Independent sets",
        1,
        SETS_MOST,
        2,
        key="e_sets",
        help="Two or more give each value a spread: the standard error of their mean.",
        **BIND,
    )
    seed = seed_box.number_input(
        "First seed", 0, SEED_MOST, 0, key="e_seed", help="Every prior gets the same image seeds.", **BIND
    )
    return {"n": int(n), "sets": int(sets), "seed": int(seed)}


def _advanced(samplers: tuple[str, ...]) -> dict[str, Any]:
    with st.expander("Advanced: metrics, denoiser, eta, clipping, device, precision", key="e_advanced"):
        known = {key: cls.label for key, cls in metrics.all().items()}
        address.read("metric", "e_metrics", known, list(known), many=True)
        chosen = st.multiselect("Metrics", list(known), key="e_metrics", format_func=lambda m: known.get(m, m))
        address.write("metric", "e_metrics", list(known))
        if not chosen:
            st.caption("None chosen: all are measured.")
        net_box, eta_box, clip_box, device_box, precision_box = st.columns(5, vertical_alignment="bottom")
        nets = {"denoiser": "Default denoiser"} | {
            run.id: run.label for run in list_runs("denoiser") if run.weights_path.exists()
        }
        address.read("net", "e_net", nets, ["denoiser"])
        net = net_box.selectbox("Denoiser", list(nets), key="e_net", format_func=lambda name: nets.get(name, name))
        address.write("net", "e_net", ["denoiser"])
        eta = eta_box.slider(
            "eta", 0.0, 1.0, 0.0, 0.05, key="e_eta", disabled="ddim" not in samplers, help="For DDIM only.", **BIND
        )
        clip = clip_box.toggle(
            "Clip x0", True, key="e_clip", help="Keeps small networks from exploding at large t.", **BIND
        )
        device = device_box.selectbox("Device", DEVICES, key="e_device", **BIND)
        precision = precision_box.selectbox(
            "Precision", DRAWING, key="e_precision", **BIND,
            help="Arithmetic inside the denoiser. bf16 is faster where the device computes in it, and refused elsewhere.",
        )  # fmt: skip
    own_eta = float(eta) if eta > 0 and "ddim" in samplers else None
    return {
        "metrics": tuple(chosen) if len(chosen) < len(known) else (),
        "net": net,
        "eta": own_eta,
        "clip_x0": clip,
        "device": device,
        "precision": precision,
    }


def _explain_below(values: dict[str, Any], choices: dict[str, PriorChoice]) -> None:
    lowest = min(values["t_stars"], default=T_MOST)
    for name in values["priors"]:
        if name in choices and (sentence := below_sentence(choices[name], lowest)):
            st.caption(
                f":material/info: **{plain(choices[name].label)}**: {plain(sentence)} Those rows will read not measured."
            )


def refill(config: dict[str, Any]) -> None:
    """Put an earlier evaluation's settings into the form; call it before the form is shown (from a button's callback)."""
    texts = {"e_priors": "priors", "e_samplers": "samplers"}
    plainly = {
        "e_steps": "n_steps", "e_n": "n", "e_sets": "sets", "e_seed": "seed", "e_floor": "include_floor", "e_clip": "clip_x0",
        "e_prior_error": "prior_error",
        "e_device": "device", "e_precision": "precision", "e_net": "net", DATA: "dataset",
    }  # fmt: skip
    limits = {"n": (2, N_MOST), "sets": (1, SETS_MOST), "seed": (0, SEED_MOST), "n_steps": (1, T_MOST)}
    config = {"precision": FP32} | config  # evaluations of before knew no other
    for key, name in (texts | plainly).items():
        if name in config:
            # The command line allows more than the form does.
            low, high = limits.get(name, (None, None))
            st.session_state[key] = config[name] if low is None else max(low, min(int(config[name]), high))
    st.session_state["e_ts"] = [str(t) for t in config.get("t_stars", [])]
    st.session_state["e_metrics"] = list(config.get("metrics") or metrics.all())
    st.session_state["e_eta"] = float(config.get("eta") or 0.0)
    layers = list(config.get("layers") or [config.get("layer") or ""])
    st.session_state["e_space"] = f"{config.get('extractor')}:{layers[0]}"
    st.session_state["e_layers"] = layers[1:]
    st.session_state["e_images_path"] = "\n".join(config.get("images") or [])
    st.session_state["e_statistics_path"] = config.get("statistics") or ""
