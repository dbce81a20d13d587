"""Which priors can be chosen, by name in the address, and with which a screen begins."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from tdot_core.services.catalogue.chains import grid_labels, sampler_labels
from tdot_core.services.catalogue.divisions import division_words, network_of
from tdot_core.services.catalogue.priors import PriorChoice
from tdot_core.services.runs.store import list_runs
from ui import address
from ui.palette import prior_style

SAMPLERS, GRIDS = sampler_labels(), grid_labels()
"""Labels by key, in the order of lists."""

WORD, ONE, PILLS = "prior", "of", "prior-pills"
ABOUT = "Of each kind the model that TDOT prefers among those that ship is chosen first"


def by_division(choices: Sequence[PriorChoice]) -> str:
    """Return which of the priors belong to which division of the comparison, as sentences."""
    runs = {run.id: run for run in list_runs()}
    found: dict[str, list[str]] = {}
    for choice in choices:
        network = network_of(runs[choice.run].spec) if choice.run in runs else ""
        found.setdefault(division_words(choice.key, network), []).append(choice.label)
    return " ".join(f"{division.capitalize()}: {', '.join(labels)}." for division, labels in found.items() if division)


def below_sentence(choice: PriorChoice, t_star: int) -> str:
    """Return why a prior cannot serve t_star, or nothing when it can."""
    if t_star >= choice.lowest_t:
        return ""
    return f"Trained at t = {choice.t_train}. Noise can be added exactly, but not taken away: it cannot start at t* = {t_star}."


def default_priors(choices: Sequence[PriorChoice]) -> list[str]:
    """Return what the first visit shows: the best run of every kind of prior that needs no data set."""
    return [choice.name for choice in choices if choice.name == choice.key]


def pick_priors(choices: Sequence[PriorChoice], key: str, *, pills: bool = False) -> tuple[PriorChoice, ...]:
    """Show the choice of priors, which the address keeps by name, and return what is chosen.

    pills: as coloured pills, returned in the order of the catalogue; else as a list that is typed into, in the order chosen.
    """
    known, default = {choice.name: choice for choice in choices}, default_priors(choices)
    labels = address.told_apart({choice.name: choice.label for choice in choices})
    address.rename(WORD, _by_run(choices))
    about = f"{ABOUT}. {by_division(choices)}"
    if pills:
        begin = address.begin(WORD, key, labels, default, many=True)
        with st.container(key=PILLS):
            st.html(_pill_colours(choices))
            picked = st.pills(
                "Priors",
                list(labels),
                selection_mode="multi",
                default=begin or None,
                key=key,
                help=about,
                format_func=lambda name: labels.get(name, name),
            )
        picked = [name for name in labels if name in picked]
    else:
        address.read(WORD, key, labels, default, many=True)
        picked = st.multiselect(
            "Priors", list(labels), key=key, help=about, format_func=lambda name: labels.get(name, name)
        )
    address.write(WORD, key, default)
    return tuple(known[name] for name in picked)


def pick_one(choices: Sequence[PriorChoice], key: str, first: Sequence[str]) -> tuple[PriorChoice, ...]:
    """Show the choice of one prior, which the address keeps as `of`; () where there is none. first: names to begin with, if there."""
    known = {choice.name: choice for choice in choices}
    labels = address.told_apart({choice.name: choice.label for choice in choices})
    default = [next((name for name in first if name in labels), next(iter(labels), ""))]
    address.rename(ONE, _by_run(choices))
    begin = address.begin(ONE, key, labels, default)
    picked = st.selectbox(
        "Of the prior",
        list(labels),
        address.place(list(labels), begin),
        key=key,
        format_func=lambda name: labels.get(name, name),
    )
    address.write(ONE, key, default)
    return (known[picked],) if picked in known else ()


def _by_run(choices: Sequence[PriorChoice]) -> dict[str, str]:
    """Return what each run's prior is called now, by the run's id."""
    return {choice.run: choice.name for choice in choices if choice.run}


def _pill_colours(choices: Sequence[PriorChoice]) -> str:
    # Pills have no colour of their own; a dot in the prior's colour ties each to its column and to every chart.
    button = f'.st-key-{PILLS} [data-testid="stButtonGroup"] [role="toolbar"] button'
    rules = [
        f"{button}:nth-child({k + 1})::before {{ background: {prior_style(choice.key).color}; }}"
        for k, choice in enumerate(choices)
    ]
    shape = f'{button}::before {{ content: ""; width: .6rem; height: .6rem; border-radius: 50%; margin-right: .45rem; flex: none; }}'
    return f"<style>{shape} {' '.join(rules)}</style>"
