"""What can be chosen on the Sample screen, all of it in the address."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import streamlit as st

from tdot_core.maths.grid import UNIFORM
from tdot_core.services.catalogue.priors import PriorChoice
from ui import address
from ui.address import BIND, explain
from ui.pickers.nets import net_labels
from ui.pickers.priors import GRIDS, SAMPLERS, pick_one, pick_priors
from ui.results.above_noise import HELP as ABOVE_NOISE
from ui.results.above_noise import above_noise
from ui.sample.request import SampleRequest, clamped_sentence
from ui.sample.variants import BY, LADDER
from ui.words import noise_label

T_DEFAULT, T_MOST = 200, 1000
PRESETS = (10, 50, 100, 200, 500)
COUNTS = (4, 8, 16, 32, 64)
MAX_SEED = 2**31 - 65
PRIORS = "sample-priors"
FORMER = {"t": "t_star", "steps": "n_steps", "clip": "clip_x0"}
"""The address's words of links made before."""
SHARED = ("n", "seed", "eta")
FIRST_ONE = ("ot", "gan", "vae")
"""Which prior's ladder is shown first: one that learned, when there is one."""
_LADDER_WORDS = f"The columns start at t* = {', '.join(map(str, LADDER))}."


def controls(choices: Sequence[PriorChoice]) -> SampleRequest:
    """Show every control and return the choice; what cannot be as asked is said beside its control."""
    by = _columns()
    picked = pick_priors(choices, PRIORS, pills=True) if by == "prior" else pick_one(choices, "sample-of", FIRST_ONE)
    names = [choice.name for choice in picked]
    t_star = _truncation(picked, fixed=by == "t")
    sampler, n_steps, n, seed = _chain(t_star)
    net, grid, eta, clip = _advanced(sampler)
    request = SampleRequest(tuple(names), t_star, n_steps, sampler, eta, seed, n, clip, net, grid, by)
    if sentence := clamped_sentence(request):
        st.caption(f":material/info: {sentence}")
    return request


def _columns() -> str:
    explain("by", known=BY)
    begin = address.begin("by", "sample-by", BY, ["prior"])
    by = st.segmented_control(
        "Columns",
        list(BY),
        default=begin[0] if begin else None,
        required=True,
        key="sample-by",
        format_func=lambda key: BY.get(key, key),
        help="What the columns differ in: the prior, or, of one prior, where the chain starts (the truncation ladder) or what walks it",
    )
    address.write("by", "sample-by", ["prior"])
    return str(by or "prior")


def _truncation(chosen: Sequence[PriorChoice], *, fixed: bool) -> int:
    with st.container():
        explain("t_star", low=1, high=T_MOST)
    left, right = st.columns([5, 3], vertical_alignment="center")
    t_star = left.slider(
        "Truncation step t*",
        1,
        T_MOST,
        T_DEFAULT,
        key="t_star",
        help="Where the reverse chain starts: 1 is nearly a finished image, 1000 pure noise, the ordinary diffusion",
        disabled=fixed,
        **BIND,
    )
    with right.container(horizontal=True, gap="xsmall"):
        for preset in PRESETS:
            st.button(
                str(preset),
                key=f"t-{preset}",
                on_click=_set,
                args=("t_star", preset),
                type="primary" if preset == t_star and not fixed else "secondary",
                disabled=fixed,
            )
    left.caption(_LADDER_WORDS if fixed else noise_label(t_star), width="stretch")
    if not fixed and (words := above_noise(t_star, chosen)):
        st.caption(words, help=ABOVE_NOISE)
    return int(t_star)


def _set(key: str, value: int) -> None:
    st.session_state[key] = value


def _chain(t_star: int) -> tuple[str, int, int, int]:
    with st.container():
        explain("n_steps", low=1, high=T_MOST)
        explain("seed", low=0, high=MAX_SEED)
        explain("n", known={str(n) for n in COUNTS})
    begin = address.begin("sampler", "sampler", SAMPLERS, ["ddim"])
    sampler_box, steps_box, n_box, seed_box, dice_box = st.columns([3, 2, 2, 2, 1], vertical_alignment="bottom")
    sampler = sampler_box.selectbox(
        "Sampler",
        list(SAMPLERS),
        address.place(list(SAMPLERS), begin),
        key="sampler",
        format_func=lambda s: SAMPLERS.get(s, s),
    )
    address.write("sampler", "sampler", ["ddim"])
    n_steps = steps_box.number_input(
        "Steps",
        1,
        T_MOST,
        10,
        key="n_steps",
        help="Reverse steps, at most t*; a network call each, and with Heun two",
        **BIND,
    )
    n = n_box.selectbox("Images per prior", COUNTS, index=COUNTS.index(16), key="n", **BIND)
    seed = seed_box.number_input(
        "First seed",
        0,
        MAX_SEED,
        0,
        key="seed",
        help="Images have the seeds from here on, the same for every prior",
        **BIND,
    )
    dice_box.button(":material/casino:", key="new-seed", on_click=_roll, help="Draw with other seeds", width="stretch")
    return sampler, int(n_steps), int(n), int(seed)


def _roll() -> None:
    st.session_state["seed"] = secrets.randbelow(100_000)


def _advanced(sampler: str) -> tuple[str, str, float | None, bool]:
    with st.expander("Advanced: denoiser, time grid, eta, clipping", key="sample-advanced"):
        nets = address.told_apart(net_labels())
        begin = address.begin("net", "net", nets, ["denoiser"])
        net_box, grid_box, eta_box, clip_box = st.columns(4, vertical_alignment="bottom")
        net = net_box.selectbox(
            "Denoiser",
            list(nets),
            address.place(list(nets), begin),
            key="net",
            format_func=lambda name: nets.get(name, name),
        )
        address.write("net", "net", ["denoiser"])
        begin = address.begin("grid", "grid", GRIDS, [UNIFORM])
        grid = grid_box.selectbox(
            "Time grid",
            list(GRIDS),
            address.place(list(GRIDS), begin),
            key="grid",
            format_func=lambda g: GRIDS.get(g, g),
            help="Where in time the calls lie. Grids in log-SNR spend more of them near the finished image.",
        )
        address.write("grid", "grid", [UNIFORM])
        eta = eta_box.slider(
            "eta",
            0.0,
            1.0,
            0.0,
            0.05,
            key="eta",
            disabled=sampler != "ddim",
            help="Noise put back at each DDIM step: 0 none, 1 as much as DDPM. Other samplers have their own.",
            **BIND,
        )
        clip = clip_box.toggle(
            "Clip x0",
            True,
            key="clip_x0",
            help="Clamps x0_hat to the pixel range: keeps small networks from exploding at large t",
            **BIND,
        )
    return net, grid, (eta if sampler == "ddim" and eta > 0 else None), clip
