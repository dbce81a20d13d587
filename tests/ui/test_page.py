"""What every screen begins with: sentences instead of tracebacks, and names that stay names."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from ui.words import plain


def guarded_block() -> None:
    import streamlit as st

    from tdot_core.errors import TdotError
    from ui.page import guarded, header

    header("Title", "A lead.")
    with guarded():
        raise TdotError("No ![x](https://evil.invalid/x.png) here.")
    st.write("the rest")


def unguarded_mistake() -> None:
    from ui.page import guarded

    with guarded():
        raise ValueError("a mistake of the programmer")


def address() -> None:
    import streamlit as st

    from ui.address import BIND, asked, chosen, explain, put

    explain("t", low=1, high=9)
    explain("word", known=["a", "b"])
    st.slider("t", 1, 9, 5, key="t", **BIND)
    st.write("chosen " + ",".join(chosen("word", ["a", "b"], ["a"])))
    put(kept=["x", "y"], gone=None)
    st.write("kept " + ",".join(asked("kept")) + " gone " + ",".join(asked("gone")))


def test_a_user_error_is_a_sentence_whose_markdown_is_text() -> None:
    app = AppTest.from_function(guarded_block).run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Title"]
    assert app.error[0].value == plain("No ![x](https://evil.invalid/x.png) here.")
    assert "](" not in app.error[0].value
    assert app.markdown[-1].value == "the rest"


def test_a_mistake_of_the_programmer_is_not_hidden() -> None:
    app = AppTest.from_function(unguarded_mistake).run()
    assert len(app.exception) == 1


@pytest.mark.parametrize(("t", "value", "said"), [("7", 7, False), ("77", 5, True), ("x", 5, True), ("nan", 5, True)])
def test_the_address_is_taken_or_explained(t: str, value: int, said: bool) -> None:
    app = AppTest.from_function(address)
    app.query_params.update({"t": t, "word": ["b", "c"], "gone": "z"})
    app.run()
    assert not app.exception
    assert app.slider(key="t").value == value
    captions = " ".join(caption.value for caption in app.caption)
    assert (f"t = {t}" in captions) == said
    assert "word = c" in captions and "word = b" not in captions
    assert [text.value for text in app.markdown] == ["chosen b", "kept x,y gone"]
