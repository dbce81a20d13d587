"""A screen that is opened again has the address it was left with, unless the new one says something else."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from ui.returning import note, return_to

    return_to(st.session_state.get("screen", "one"), ["n"])
    if st.session_state.get("screen") != "two":
        st.number_input("Number", 0, 9, 1, key="n", bind="query-params")
    st.session_state["seen"] = st.session_state.get("n")
    note()


def opened(app: AppTest, screen: str, **query: str) -> AppTest:
    """Go to a screen by an address that says `query`, as Streamlit does: what the one before said is taken out."""
    app.session_state["screen"] = screen
    for name in list(app.query_params):
        del app.query_params[name]
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> dict[str, list[str]]:
    return {name: list(value) if isinstance(value, list) else [value] for name, value in app.query_params.items()}


def test_the_address_comes_back_without_what_belongs_to_the_way() -> None:
    app = opened(AppTest.from_function(script), "one", n="5", find="ot", tour="2")
    assert app.session_state["seen"] == 5
    opened(app, "two")
    assert app.session_state["seen"] is None and not app.query_params
    opened(app, "one")
    assert app.session_state["seen"] == 5 and said(app) == {"n": ["5"], "find": ["ot"]}


def test_what_a_link_says_otherwise_goes_first() -> None:
    app = opened(AppTest.from_function(script), "one", n="5", find="ot")
    opened(app, "two")
    opened(app, "one", n="7")
    assert app.session_state["seen"] == 7 and said(app) == {"n": ["7"]}


def test_what_is_left_of_the_address_is_made_whole() -> None:
    app = opened(AppTest.from_function(script), "one", n="5", find="ot")
    opened(app, "two")
    opened(app, "one", find="ot")
    assert app.session_state["seen"] == 5 and said(app) == {"n": ["5"], "find": ["ot"]}


def test_going_back_on_the_same_screen_is_left_alone() -> None:
    app = opened(AppTest.from_function(script), "one", find="ot")
    opened(app, "one")
    assert not app.query_params


def test_a_widget_of_the_same_name_on_another_screen_has_its_own_value() -> None:
    app = opened(AppTest.from_function(script), "one", n="5")
    opened(app, "three")
    assert app.session_state["seen"] == 1 and not app.query_params
    opened(app, "one")  # at once, while the other's widget still holds the name
