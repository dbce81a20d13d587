"""The form of a new evaluation; every choice is in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import streamlit as st

from tdot_core.maths.grid import UNIFORM
from tdot_core.metrics import metrics
from tdot_core.models.arithmetic import DRAWING
from tdot_core.models.extractors import DEFAULT
from tdot_core.services.catalogue.priors import PriorChoice, prior_choices
from ui import address
from ui.address import BIND, explain
from ui.evaluate.outside import ask_outside
from ui.evaluate.request import EvaluationRequest
from ui.pickers.nets import net_labels
from ui.pickers.priors import GRIDS, SAMPLERS, below_sentence, pick_priors
from ui.pickers.spaces import FeatureSpace, Real, add_fold, more_layers, pick_real, pick_space
from ui.words import plain

T_MOST, N_MOST, SETS_MOST, SEED_MOST = 1000, 100_000, 100, 2**31 - 1
T_OFFERED = ("10", "20", "50", "100", "200", "500", "1000")
DEVICES = ("auto", "cpu", "cuda", "mps")
DATA = "e_data"
FORMER = {
    "t": "t_star",
    "e_steps": "n_steps",
    "e_n": "n",
    "e_sets": "sets",
    "e_seed": "seed",
    "e_eta": "eta",
    "e_clip": "clip_x0",
    "e_device": "device",
    "e_precision": "precision",
    "e_floor": "include_floor",
    "e_prior_error": "prior_error",
}
"""The address's words of links made before."""


class Chain(NamedTuple):
    """How the chains are walked."""

    t_stars: tuple[int, ...]
    samplers: tuple[str, ...]
    grids: tuple[str, ...]
    n_steps: int


class Amount(NamedTuple):
    """How many images, from which seeds."""

    n: int
    sets: int
    seed: int


class Advanced(NamedTuple):
    """What is seldom changed."""

    metrics: tuple[str, ...]
    net: str
    eta: float | None
    clip_x0: bool
    device: str
    precision: str


def ask() -> tuple[EvaluationRequest, Real, FeatureSpace | None]:
    """Show the form and return what it asks for, with the real images and features chosen."""
    priors = pick_priors(prior_choices(), "e_priors")
    chain, amount = _chain(), _amount()
    left, right = st.columns(2)
    with left:
        real = pick_real(DATA)
        add_fold(DATA)
    with right:
        space = pick_space(real, "e_space")
        layers = more_layers(real, space, "e_layers") if space else ()
        floor, prior_error = _floor(real), _prior_error(real)
    outside = ask_outside(space.extractor.key if space else "")
    if (outside.statistics or outside.real) and floor:
        floor = False
        st.caption(f"No row of real test images: those of {plain(real.name)} are not what the rest is compared with.")
    advanced = _advanced(chain.samplers)
    _explain_below(priors, chain.t_stars)
    request = EvaluationRequest(
        tuple(choice.name for choice in priors),
        **chain._asdict(),
        **amount._asdict(),
        **advanced._asdict(),
        **outside._asdict(),
        dataset=real.name,
        extractor=space.extractor.key if space else DEFAULT,
        layers=layers,
        include_floor=floor,
        prior_error=prior_error,
    )
    return request, real, space


def _floor(real: Real) -> bool:
    if real.info is None or not real.info.n_test:
        st.caption(
            f"With test images of {plain(real.name)} imported, a row of real ones shows what a perfect prior would reach."
        )
        return False
    about = "The value that a perfect prior and chain would reach."
    return bool(st.toggle("Add a row of real test images", True, key="include_floor", help=about, **BIND))


def _prior_error(real: Real) -> bool:
    if real.info is None or not real.info.n_test:
        return False
    about = "Adds the oracle's rows and the distances at x_t*: floor + gap = what is observed."
    return bool(st.toggle("Split off the prior's error", False, key="prior_error", help=about, **BIND))


def _chain() -> Chain:
    t_box, sampler_box, grid_box, steps_box = st.columns([2.2, 3.8, 2.8, 1])
    address.read("t_star", "e_ts", [str(t) for t in range(1, T_MOST + 1)], ["10"], many=True)
    held = st.session_state.get("e_ts", [])
    with t_box:
        texts = st.multiselect(
            "Truncation steps t*",
            [*T_OFFERED, *(t for t in held if t not in T_OFFERED)],
            key="e_ts",
            accept_new_options=True,
            help="Where the chain starts; type any step from 1 to 1000. One row per prior, t* and sampler.",
        )
        address.write("t_star", "e_ts", ["10"])
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
    with grid_box:
        address.read("grid", "e_grids", GRIDS, [UNIFORM], many=True)
        grids = st.multiselect(
            "Time grids",
            list(GRIDS),
            key="e_grids",
            format_func=lambda g: GRIDS.get(g, g),
            help="Where in time the network calls lie.",
        )
        address.write("grid", "e_grids", [UNIFORM])
    with steps_box:
        explain("n_steps", low=1, high=T_MOST)
        n_steps = st.number_input(
            "Steps",
            1,
            T_MOST,
            10,
            key="n_steps",
            help="Reverse steps, at most the smallest t*; a network call each, and with Heun two.",
            **BIND,
        )
    return Chain(tuple(sorted(int(t) for t in good)), tuple(samplers), tuple(grids), int(n_steps))


def _amount() -> Amount:
    for name, low, high in (("n", 2, N_MOST), ("sets", 1, SETS_MOST), ("seed", 0, SEED_MOST)):
        explain(name, low=low, high=high)
    n_box, sets_box, seed_box = st.columns(3)
    n = n_box.number_input(
        "Images per set (N)",
        2,
        N_MOST,
        500,
        step=100,
        key="n",
        help="Most metrics depend on N: compare only at equal N.",
        **BIND,
    )
    sets = sets_box.number_input(
        "Independent sets",
        1,
        SETS_MOST,
        2,
        key="sets",
        help="Two or more give each value a spread: the standard error of their mean.",
        **BIND,
    )
    seed = seed_box.number_input(
        "First seed", 0, SEED_MOST, 0, key="seed", help="Every prior gets the same image seeds.", **BIND
    )
    return Amount(int(n), int(sets), int(seed))


def _advanced(samplers: tuple[str, ...]) -> Advanced:
    with st.expander("Advanced: metrics, denoiser, eta, clipping, device, precision", key="e_advanced"):
        known = {key: cls.label for key, cls in metrics.all().items()}
        address.read("metric", "e_metrics", known, list(known), many=True)
        chosen = st.multiselect("Metrics", list(known), key="e_metrics", format_func=lambda m: known.get(m, m))
        address.write("metric", "e_metrics", list(known))
        if not chosen:
            st.caption("None chosen: all are measured.")
        net_box, eta_box, clip_box, device_box, precision_box = st.columns(5, vertical_alignment="bottom")
        nets = net_labels()
        address.read("net", "e_net", nets, ["denoiser"])
        net = net_box.selectbox("Denoiser", list(nets), key="e_net", format_func=lambda name: nets.get(name, name))
        address.write("net", "e_net", ["denoiser"])
        eta = eta_box.slider(
            "eta", 0.0, 1.0, 0.0, 0.05, key="eta", disabled="ddim" not in samplers, help="For DDIM only.", **BIND
        )
        clip = clip_box.toggle(
            "Clip x0", True, key="clip_x0", help="Keeps small networks from exploding at large t.", **BIND
        )
        device = device_box.selectbox("Device", DEVICES, key="device", **BIND)
        precision = precision_box.selectbox(
            "Precision",
            DRAWING,
            key="precision",
            **BIND,
            help="Arithmetic inside the denoiser. bf16 is faster on CUDA and on CPUs with AMX tiles, and refused without its instructions.",
        )
    own_eta = float(eta) if eta > 0 and "ddim" in samplers else None
    return Advanced(tuple(chosen) if len(chosen) < len(known) else (), net, own_eta, clip, device, precision)


def _explain_below(priors: Sequence[PriorChoice], t_stars: Sequence[int]) -> None:
    lowest = min(t_stars, default=T_MOST)
    for choice in priors:
        if sentence := below_sentence(choice, lowest):
            st.caption(
                f":material/info: **{plain(choice.label)}**: {plain(sentence)} Those rows will read not measured."
            )


def refill(config: Mapping[str, Any]) -> None:
    """Put an earlier evaluation's settings into the form; call it before the form is shown (from a button's callback)."""
    asked = EvaluationRequest.of(config)
    st.session_state.update(
        e_priors=list(asked.priors),
        e_ts=[str(t) for t in asked.t_stars],
        e_samplers=list(asked.samplers),
        e_grids=list(asked.grids),
        e_metrics=list(asked.metrics or metrics.all()),
        e_net=asked.net,
        e_space=f"{asked.extractor}:{''.join(asked.layers[:1])}",
        e_layers=list(asked.layers[1:]),
        e_images_path="\n".join(asked.images),
        e_statistics_path=asked.statistics,
        e_real_path=asked.real,
        e_resize=asked.resize,
        # The command line allows more than the form does.
        n_steps=_within(asked.n_steps, 1, T_MOST),
        n=_within(asked.n, 2, N_MOST),
        sets=_within(asked.sets, 1, SETS_MOST),
        seed=_within(asked.seed, 0, SEED_MOST),
        include_floor=asked.include_floor,
        prior_error=asked.prior_error,
        eta=float(asked.eta or 0.0),
        clip_x0=asked.clip_x0,
        device=asked.device,
        precision=asked.precision,
    )
    st.session_state[DATA] = asked.dataset


def _within(value: int, low: int, high: int) -> int:
    return max(low, min(int(value), high))
