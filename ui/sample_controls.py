"""What can be chosen on the Sample screen, all of it in the address."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import streamlit as st

from tdot_core.services.prior_catalogue import PriorChoice
from tdot_core.services.runs.store import list_runs
from ui import address
from ui.noise_label import noise_label
from ui.palette import prior_style
from ui.query import BIND, explain
from ui.sample_request import SAMPLERS, SampleRequest, clamped_sentence, default_priors, names_by_run

T_DEFAULT, T_MOST = 200, 1000
PRESETS = (10, 50, 100, 200, 500)
COUNTS = (4, 8, 16, 32, 64)
MAX_SEED = 2**31 - 65
PRIORS = "sample-priors"


def controls(choices: Sequence[PriorChoice]) -> SampleRequest:
    """Show every control and return the choice; what cannot be as asked is said beside its control."""
    names = _priors(choices)
    t_star = _truncation()
    sampler, n_steps, n, seed = _chain(t_star)
    net, eta, clip = _advanced(sampler)
    request = SampleRequest(tuple(names), t_star, n_steps, sampler, eta, seed, n, clip, net)
    if sentence := clamped_sentence(request):
        st.caption(f":material/info: {sentence}")
    return request


def _priors(choices: Sequence[PriorChoice]) -> list[str]:
    labels, default = address.told_apart({c.name: c.label for c in choices}), default_priors(choices)
    address.rename("prior", names_by_run(choices))
    begin = address.begin("prior", PRIORS, labels, default, many=True)
    with st.container(key="prior-pills"):
        st.html(_pill_colours(choices))
        picked = st.pills(
            "Priors",
            list(labels),
            selection_mode="multi",
            default=begin or None,
            key=PRIORS,
            format_func=lambda n: labels.get(n, n),
            help="Of each kind the model that TDOT prefers among those that ship is chosen first",
        )
    address.write("prior", PRIORS, default)
    return [name for name in labels if name in picked]


def _pill_colours(choices: Sequence[PriorChoice]) -> str:
    # Pills have no colour of their own; a dot in the prior's colour ties each to its column and to every chart.
    rules = [
        f'.st-key-prior-pills [data-testid="stButtonGroup"] [role="toolbar"] button:nth-child({k + 1})::before '
        f"{{ background: {prior_style(choice.key).color}; }}"
        for k, choice in enumerate(choices)
    ]
    shape = (
        '.st-key-prior-pills [data-testid="stButtonGroup"] [role="toolbar"] button::before '
        '{ content: ""; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .45rem; flex: none; }'
    )
    return f"<style>{shape} {' '.join(rules)}</style>"


def _truncation() -> int:
    with st.container():
        explain("t", low=1, high=T_MOST)
    left, right = st.columns([5, 3], vertical_alignment="center")
    t_star = left.slider(
        "Truncation step t*", 1, T_MOST, T_DEFAULT, key="t",
        help="Where the reverse chain starts: 1 is nearly a finished image, 1000 pure noise, the ordinary diffusion", **BIND,
    )  # fmt: skip
    with right.container(horizontal=True, gap="small"):
        for preset in PRESETS:
            st.button(
                str(preset),
                key=f"t-{preset}",
                on_click=_set,
                args=("t", preset),
                type="primary" if preset == t_star else "secondary",
            )
    left.caption(noise_label(t_star), width="stretch")
    return t_star


def _set(key: str, value: int) -> None:
    st.session_state[key] = value


def _chain(t_star: int) -> tuple[str, int, int, int]:
    with st.container():
        explain("steps", low=1, high=T_MOST)
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
        "Steps", 1, T_MOST, 10, key="steps", help="Network calls per image, at most t*", **BIND
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


def _advanced(sampler: str) -> tuple[str, float | None, bool]:
    with st.expander("Advanced: denoiser, eta, clipping", key="sample-advanced"):
        own = {run.id: run.label for run in list_runs("denoiser") if run.weights_path.exists()}
        nets = address.told_apart({"denoiser": "Default denoiser"} | own)
        begin = address.begin("net", "net", nets, ["denoiser"])
        net_box, eta_box, clip_box = st.columns(3, vertical_alignment="bottom")
        net = net_box.selectbox(
            "Denoiser",
            list(nets),
            address.place(list(nets), begin),
            key="net",
            format_func=lambda name: nets.get(name, name),
        )
        address.write("net", "net", ["denoiser"])
        eta = eta_box.slider(
            "eta", 0.0, 1.0, 0.0, 0.05, key="eta", disabled=sampler != "ddim",
            help="Noise put back at each DDIM step: 0 none, 1 as much as DDPM. Other samplers have their own.", **BIND,
        )  # fmt: skip
        clip = clip_box.toggle(
            "Clip x0 to the pixel range",
            True,
            key="clip",
            help="Keeps small networks from exploding at large t",
            **BIND,
        )
    return net, (eta if sampler == "ddim" and eta > 0 else None), clip
