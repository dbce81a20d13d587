"""Widgets that follow the address, and an address that follows widgets."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from ui.address import told_apart


def script() -> None:
    import streamlit as st

    from ui import address

    address.rename("many", {"a-once": "a", "c-once": "c"})
    names = st.session_state.get("known", {"a": "Same", "b": "Other", "c": "Third"})
    begin = address.begin("thing", "pick", names, ["a"])
    st.radio("Thing", list(names), address.place(list(names), begin), key="pick", format_func=lambda n: names.get(n, n))
    address.write("thing", "pick", ["a"])
    begin = address.begin("many", "picks", names, ["a", "b"], many=True)
    st.pills(
        "Many",
        list(names),
        default=begin or None,
        key="picks",
        selection_mode="multi",
        format_func=lambda n: names.get(n, n),
    )
    address.write("many", "picks", ["a", "b"])


def app(**query: str | list[str]) -> AppTest:
    opened = AppTest.from_function(script)
    for name, value in query.items():
        opened.query_params[name] = value
    opened.run()
    assert not opened.exception and not opened.warning
    return opened


def test_a_link_names_the_thing_and_a_default_leaves_the_address_short() -> None:
    linked = app(thing="c", many=["c", "a"])
    assert linked.radio(key="pick").value == "c" and linked.session_state["picks"] == ["c", "a"]
    assert dict(linked.query_params) == {"thing": "c", "many": ["c", "a"]}
    plain = app(thing="a")
    assert plain.radio(key="pick").value == "a" and not plain.query_params


def test_a_link_with_an_earlier_name_leads_to_the_same_thing() -> None:
    linked = app(many=["c-once", "b", "c"])
    assert linked.session_state["picks"] == ["c", "b"] and linked.query_params["many"] == ["c", "b"]
    assert not linked.caption, "nothing is missing, so nothing is said"


def test_a_click_writes_and_the_back_button_reads() -> None:
    opened = app()
    opened.radio(key="pick").set_value("b").run()
    assert opened.radio(key="pick").value == "b" and opened.query_params["thing"] in ("b", ["b"])
    del opened.query_params["thing"]
    opened.run()
    assert opened.radio(key="pick").value == "a"
    opened.query_params["thing"] = "c"
    opened.run()
    assert opened.radio(key="pick").value == "c" and not opened.warning


def test_the_widget_always_carries_its_value_as_default() -> None:
    """A browser that missed the message which set a value falls back to the default it is given."""
    opened = app(thing="c")
    opened.run()
    assert opened.radio(key="pick").proto.default == 2
    opened.radio(key="pick").set_value("b").run()
    opened.run()
    assert opened.radio(key="pick").proto.default == 1


def test_unknown_names_give_the_default_and_a_word() -> None:
    opened = app(thing="<script>", many=["b", "x"])
    assert opened.radio(key="pick").value == "a" and opened.session_state["picks"] == ["b"]
    assert sum("The address asks for" in caption.value for caption in opened.caption) == 2
    assert app(many="").session_state["picks"] == []


def test_what_is_gone_becomes_the_default() -> None:
    opened = app(thing="c")
    opened.session_state["known"] = {"a": "Same", "b": "Other"}
    opened.run()
    assert opened.radio(key="pick").value == "a" and not opened.exception


def test_equal_labels_are_told_apart() -> None:
    labels = told_apart({"vae": "VAE", "vae-2026-aaaa": "VAE", "ot": "OT"})
    assert len(set(labels.values())) == 3 and labels["ot"] == "OT"
