"""The sweeps tab: a form that writes a file, and a known sweep's state."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tdot_core.services.sweep.document import read_sweep
from tdot_core.services.sweep.kept import keep_sweep, kept_file, kept_sweeps
from tdot_core.services.sweep.nodes import keep_failure, keep_record
from tdot_core.services.sweep.plan import planned

TEXT = 'name = "mine"\n[[block]]\nprior = ["vanilla"]\ndataset = "digits"\nt_star = [10, 50]\nn = 16\n'


def test_the_form_counts_cells_and_keeps_the_file(screen: Callable[..., AppTest]) -> None:
    app = screen("benchmark", tab="Sweeps")
    app.multiselect(key="sw_prior").set_value(["vanilla", "gaussian"])
    app.multiselect(key="sw_sampler").set_value(["ddim"])
    app.text_input(key="sw_t").set_value("5, 100")
    app.text_input(key="sw_steps").set_value("4, 10").run()
    assert {m.label: m.value for m in app.metric}["Cells"] == "6", "no chain of 10 steps starts at 5"
    app.text_input(key="sw_steps").set_value("4, ten").run()
    assert "steps" in app.error[0].value and "ten" in app.error[0].value
    app.text_input(key="sw_steps").set_value("4").run()
    app.button(key="sweep-keep").click().run()
    assert not app.exception and kept_sweeps() == ["starts"]
    assert read_sweep(kept_file("starts")).blocks[0].lists["t_star"] == [5, 100]
    assert app.selectbox(key="b_sweep").value == "starts"


def test_a_known_sweep_shows_what_is_done_what_failed_and_why(screen: Callable[..., AppTest]) -> None:
    nodes = planned(read_sweep(kept_file(keep_sweep(TEXT))))[1]
    draws = [key for key, node in nodes.items() if node.kind == "draw"]
    keep_record(draws[0], {"seconds": 3.0})
    keep_failure(draws[1], "The disk is full.")
    app = screen("benchmark", tab="Sweeps", sweep="mine")
    frame = app.dataframe[0].value.set_index("")
    assert frame.loc["Draws", ["all", "done", "running", "waiting", "failed"]].tolist() == [2, 1, 0, 0, 1]
    assert any("The disk is full" in text.value for text in app.markdown)
    assert app.button(key="sweep-go").label == "Go on"


def test_a_sweep_that_cannot_be_planned_is_a_sentence(screen: Callable[..., AppTest]) -> None:
    keep_sweep(TEXT.replace('"vanilla"', '"gone"'))
    assert "gone" in screen("benchmark", tab="Sweeps", sweep="mine").error[0].value
