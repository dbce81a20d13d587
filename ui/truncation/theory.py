"""What linear theory says about a start at t, beside what the shipped table has measured."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.prediction import (
    MEASURED_UNDER,
    Suggestion,
    directions,
    emergence,
    suggestion,
    surviving_share,
)
from tdot_core.services.catalogue.priors import prior_catalogue, runs_in_order
from tdot_core.services.catalogue.styles import prior_style
from tdot_core.services.catalogue.theory import PriorMoments, Theory, find_theory
from tdot_core.services.catalogue.truncation import NoiseSchedule
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.starts import STEPS, MeasuredStarts, measured_starts
from ui.address import BIND, explain
from ui.figures.theory import Curve, starts_figure
from ui.widgets.chart import show_chart
from ui.words import share_text

DATASET, CALLS, MOST_CALLS, DEFAULT_CALLS = "cifar10", "calls", 100, 10
STARTS = (*range(1, 20, 3), *range(20, 100, 10), *range(100, 1001, 25))
ABOUT = (
    "**Linear prediction**: data and prior are taken as Gaussian along the principal components of CIFAR-10's training images, and the "
    "denoiser as the best linear one. It knows brightness, colour and texture, not objects: read it beside the measured marks."
)


def show_theory(t: int, schedule: NoiseSchedule) -> None:
    """Show what stands above the noise at t, and how much of each shipped prior's error a start there leaves."""
    theory = find_theory(DATASET)
    if theory is None:
        return
    st.subheader("What linear theory says", anchor=False)
    st.caption(ABOUT)
    _show_spectrum(theory, t, schedule)
    if schedule.name != MEASURED_UNDER:
        st.caption(
            f"The shipped priors were trained under the {MEASURED_UNDER} schedule, and are predicted for it alone."
        )
        return
    _show_priors(theory, t, schedule)


def _show_spectrum(theory: Theory, t: int, schedule: NoiseSchedule) -> None:
    d, steps = len(theory.eigenvalues), emergence(theory, schedule)
    left, right = st.columns([2, 3])
    left.metric(
        "Directions above the noise",
        f"{directions(theory, t, schedule):,} of {d:,}",
        help="Principal directions of the training images with more signal than noise at t: alpha_bar lambda > 1 - alpha_bar. These a "
        "prior must get right; along the others x_t is noise.",
    )
    right.metric(
        "Components 1, 10 and 100 emerge at",
        "t = " + ", ".join(map(str, steps.values())),
        help="Where lambda times SNR is 1: from there down, the chain decides about this component, unless the prior already has.",
    )


def _show_priors(theory: Theory, t: int, schedule: NoiseSchedule) -> None:
    explain(CALLS, low=1, high=MOST_CALLS)
    calls = int(
        st.number_input(
            "Budget: network calls per image",
            1,
            MOST_CALLS,
            DEFAULT_CALLS,
            key=CALLS,
            width=260,
            help="DDIM steps on the uniform grid. A start further out forgives the prior more, but its steps are longer.",
            **BIND,
        )
    )
    measured = measured_starts(shipped_rows(), theory.dataset, schedule.T)
    best = _suggestions(theory.dataset_id, tuple(p.fingerprint for p in theory.priors), calls, theory)
    st.dataframe(
        [_row(theory, name, t, calls, best[name], measured) for name in (prior.name for prior in _in_order(theory))],
        column_config={label: st.column_config.Column(help=help) for label, help in _helps(t, calls).items()},
        hide_index=True,
        width="stretch",
        alt=f"What a start at t* = {t} leaves of every prior's error, and the start to take",
    )
    predicted = [
        Curve(p.label, prior_style(p.key, p.name), _curve(theory.dataset_id, p.fingerprint, p.name, theory))
        for p in _in_order(theory)
    ]
    marks = [
        Curve(label, prior_style(key, run), dict(sorted(measured.by_prior[name].items())))
        for name, (label, key, run) in measured.labels.items()
    ]
    show_chart(
        starts_figure(predicted, marks, measured.whole, t),
        key="starts",
        alt="What a start leaves of every prior's error, predicted, and FD-cnn as measured, against t*",
    )


def _in_order(theory: Theory) -> list[PriorMoments]:
    """Return the priors as every list has them: by kind, then by run."""
    runs = [run for info in prior_catalogue() for run in runs_in_order(info.key)]
    return sorted(theory.priors, key=lambda prior: runs.index(prior.name) if prior.name in runs else len(runs))


def _helps(t: int, calls: int) -> dict[str, str]:
    return {
        f"error left at t* = {t}": "Linear prediction: squared Wasserstein-2 distance between data and the exact chain's results, over the "
        "data's variance, when the prior is lifted to t",
        f"suggested t*, {calls} calls": "Linear prediction: where what the prior gets wrong and what few steps get wrong are least together",
        "error there": "Linear prediction for that start and this number of calls",
        "best measured t*": f"In the shipped table: smallest FD-cnn after {STEPS} DDIM calls, among the starts measured",
        "beats pure noise from": f"In the shipped table: the smallest measured t* whose FD-cnn after {STEPS} DDIM calls is below that "
        "of as many calls from pure noise",
    }


def _row(theory: Theory, name: str, t: int, calls: int, best: Suggestion, measured: MeasuredStarts) -> dict[str, str]:
    prior = next(p for p in theory.priors if p.name == name)
    now = surviving_share(theory, prior, t, NoiseSchedule(MEASURED_UNDER))
    left, suggested, there, at, works = _helps(t, calls)
    return {
        "prior": prior.label,
        left: share_text(now) if now is not None else f"serves t* from {prior.t_train}",
        suggested: str(best.t_star),
        there: share_text(best.share),
        at: _step(measured.best(name), "not measured"),
        works: _step(measured.works_from(name), "none measured"),
    }


def _step(t: int | None, otherwise: str) -> str:
    return otherwise if t is None else str(t)


@st.cache_data(max_entries=64, show_spinner=False)
def _suggestions(dataset_id: str, fingerprints: tuple[str, ...], calls: int, _theory: Theory) -> dict[str, Suggestion]:
    schedule = NoiseSchedule(MEASURED_UNDER)
    return {prior.name: suggestion(_theory, prior, calls, schedule) for prior in _theory.priors}


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(dataset_id: str, fingerprint: str, name: str, _theory: Theory) -> dict[int, float]:
    schedule = NoiseSchedule(MEASURED_UNDER)
    prior = next(p for p in _theory.priors if p.name == name)
    shares = {t: surviving_share(_theory, prior, t, schedule) for t in STARTS}
    return {t: 100 * share for t, share in shares.items() if share is not None}
