"""One training: what it is doing, its losses, what it makes, and what can be done with it."""

from __future__ import annotations

import streamlit as st

from tdot_core.services.catalogue.divisions import division_words, network_of
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.runs.status import RunStatus
from tdot_core.services.runs.store import Run, best_run, hide_run
from tdot_core.services.storage.readonly import read_only
from ui.figures.base import CONFIG
from ui.priors.card import card_button, show_card
from ui.priors.export import zip_of
from ui.priors.losses import losses_of
from ui.priors.sheets import show_sheets
from ui.runs.buttons import attempt, resume_button, stop_button
from ui.runs.words import COLOURS, progress_words, run_name, settings_rows, share, state_words
from ui.widgets.undo import offer_undo
from ui.words import plain


def run_detail(run: Run, status: RunStatus) -> None:
    """Show the chosen run."""
    colour = "green" if run.shipped else COLOURS[status.state]
    st.subheader(plain(run_name(run)), anchor=False)
    division = division_words(run.kind, network_of(run.spec))
    standing = f" :gray-badge[{plain(division)}]" if division else ""
    st.markdown(f":{colour}-badge[{state_words(run, status)}]{standing} `{run.id}`")
    show_card(run)
    _what_happened(run, status)
    with st.container(horizontal=True, key="run-buttons"):
        run_buttons(run, status, place="detail")
        _sample_button(run)
        _duplicate_button(run)
        card_button(run)
        _export_button(run)
        _delete_button(run, status)
    _losses_and_sheet(run, status)
    with st.expander("Settings and origin", key="run-settings"):
        st.dataframe(settings_rows(run), hide_index=True, width="stretch")


def _what_happened(run: Run, status: RunStatus) -> None:
    if status.active:
        st.progress(share(status), progress_words(status))
        if status.message and not status.place:
            st.caption(plain(status.message))
    elif status.state in ("failed", "crashed"):
        st.error(plain(status.message), icon=":material/error:")
    elif status.message and not run.shipped:
        st.caption(plain(status.message))


def run_buttons(run: Run, status: RunStatus, place: str) -> None:
    """Offer Stop for what is at work and Resume for what stopped before its end. place keeps keys apart."""
    if status.active:
        kept = "Saves a checkpoint first, so it can go on later"
        stop_button(run, status, f"stop-{place}-{run.id}", words=("Stop", "Stopping"), kept=kept)
    elif not run.shipped and status.state != "done":
        resume_button(run, status, f"resume-{place}-{run.id}")


def _sample_button(run: Run) -> None:
    kinds = {info.key for info in prior_catalogue()}
    if run.kind not in kinds or not run.weights_path.exists():
        return
    if st.button("Sample it beside the others", key="sample-this", icon=":material/grid_view:"):
        st.switch_page("pages/sample.py", query_params=sample_address(run))


def _duplicate_button(run: Run) -> None:
    from tdot_core.services.runs.kinds import trainables

    if run.kind in trainables() and st.button(
        "Duplicate with changes",
        key="duplicate-run",
        icon=":material/content_copy:",
        help="A new training that begins with these settings",
    ):
        st.switch_page("pages/priors.py", query_params={"view": "train", "prior": run.kind, "like": run.id})


def sample_address(run: Run) -> dict[str, list[str] | str]:
    """Return the Sample screen's parameters that show this run beside the best one of every other kind."""
    best = best_run(run.kind)
    name = run.kind if best is not None and best.path == run.path else run.id
    others = [
        info.key for info in prior_catalogue() if not info.needs_data and (not info.trainable or best_run(info.key))
    ]
    t_train = int(run.config.get("t_train", 0))
    return {"prior": list(dict.fromkeys([*others, name])), "t_star": str(max(t_train, 200))}


def _export_button(run: Run) -> None:
    if run.weights_path.exists():
        st.download_button(
            "Export",
            lambda: zip_of([run]),
            f"{run.id}.zip",
            "application/zip",
            key="export-run",
            icon=":material/download:",
            on_click="ignore",
            help="Settings, weights, losses and samples as one zip",
        )


def _delete_button(run: Run, status: RunStatus) -> None:
    if run.shipped:
        return
    with st.popover("Delete", icon=":material/delete:", disabled=status.active or read_only(), key=f"delete-{run.id}"):
        st.markdown(
            f"Delete **{plain(run_name(run))}** with its weights and checkpoints? It can be undone until you leave this screen."
        )
        st.button("Delete it", key=f"delete-yes-{run.id}", type="primary", on_click=attempt, args=(_delete, run))


def _delete(run: Run) -> None:
    offer_undo(run_name(run), [hide_run(run)])


def _losses_and_sheet(run: Run, status: RunStatus) -> None:
    figure = losses_of(run, status)
    sheets = run.samples()
    if figure is None and not sheets and status.state != "done":
        st.caption("Losses and samples appear here once the first steps are taken.")
    if figure is not None:
        st.plotly_chart(figure, key=f"losses-{run.id}", config=CONFIG, width="stretch")
    show_sheets(run, sheets)
