"""The parts of the Method screen."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.gallery import gallery, has_gallery
from tdot_core.services.catalogue.metrics import metric_catalogue
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.catalogue.sources import bibliography, find_source
from ui.method.equations import CHAIN, SYMBOLS, Equation
from ui.page import guarded
from ui.palette import prior_style
from ui.pictures.credits import credit_words
from ui.words import plain


def show_chain() -> None:
    """Show the equations of the chain, in the order in which it runs."""
    for equation in CHAIN:
        show_equation(equation)


def show_priors() -> None:
    """Show every prior of the catalogue with its objective, in its own colour."""
    for info in prior_catalogue():
        style = prior_style(info.key)
        st.html(
            f'<h3 style="display:flex;align-items:center;gap:.6rem;margin:0;padding:.8rem 0 0"><span style="width:.8rem;height:.8rem;'
            f'border-radius:50%;background:{style.color}"></span>{_escape(info.label)}</h3>'
        )
        st.markdown(f"{plain(info.summary)}.{_where(info.any_t, info.needs_data)}{_cite(info.reference)}")
        st.latex(info.formula)
        st.markdown(plain(info.explanation))


def show_metrics() -> None:
    """Show every metric of the registry: what it means, its formula, which way is better."""
    st.markdown(
        "Each number compares features of generated images with features of real ones. It always comes with the number of "
        "images, because most depend on it, and with the network and layer that made the features: an Inception layer, or the "
        "small `cifar-cnn` that ships with TDOT."
    )
    for info in metric_catalogue():
        st.subheader(info.label, anchor=False)
        st.markdown(f"{plain(info.summary)} *{info.better.capitalize()}.*{_cite(info.reference, info.equation)}")
        st.latex(info.formula)


def show_symbols() -> None:
    """Show the words and letters that screens, code and README share."""
    st.table(
        [{"name": f"**{plain(name)}**", "meaning": plain(meaning)} for name, meaning in SYMBOLS],
        border="horizontal",
        hide_index=True,
    )


def show_sources() -> None:
    """Show the publications behind the equations, and who made the pictures."""
    for source in bibliography():
        st.markdown(
            f"**{plain(source.authors)} ({source.year}).** [{plain(source.title)}]({source.url}). *{plain(source.venue)}.*  \n"
            f"{plain(source.what)}. `{source.key}`"
        )
    st.caption(
        "The flower on the Overview: photograph by the Flickr user vultilion, Creative Commons Attribution 2.0, from the sample "
        "images of scikit-learn, cropped and scaled. Digits: scikit-learn. CIFAR-10: Krizhevsky, 2009."
    )
    if has_gallery():
        with guarded():
            photographs = gallery().photographs.values()
            st.caption(f"Photographs on Truncation, squares of them scaled to 32x32: {credit_words(photographs)}.")


def show_equation(equation: Equation) -> None:
    """Show one equation with its title, explanation and source."""
    st.subheader(equation.title, anchor=False)
    st.latex(equation.latex)
    st.markdown(equation.text + _cite(equation.source))


def _cite(key: str, equation: str = "") -> str:
    if not key:
        return ""
    try:
        source = find_source(key)
    except TdotError:
        return f" ({plain(key)})"
    first = source.authors.split(",")[0]
    place = f", {plain(equation)}" if equation else ""
    return f" ([{plain(first)} {source.year}]({source.url}){place})"


def _where(any_t: bool, needs_data: bool) -> str:
    drawn = " Draws at any t\\*." if any_t else ""
    return drawn + (" Draws from images of a data set." if needs_data else "")


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
