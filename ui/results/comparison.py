"""Two priors of one evaluation compared from common seeds."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from tdot_core.services.results.comparison import HEADER, Comparison, compare_priors, explained
from tdot_core.services.results.rows import EvaluationRow
from ui import address
from ui.page import guarded
from ui.results.table import STYLE
from ui.words import plain


def show_comparison(rows: Sequence[EvaluationRow]) -> None:
    """Show the difference of every metric between two priors with its interval; nothing with a single prior."""
    labels = {row.prior: row.label for row in rows if row.t_star is not None and row.measured}
    if len(labels) < 2:
        return
    st.subheader("Is the difference real?", anchor=False)
    names = list(labels)
    left, right = st.columns(2)
    with left:
        first = _pick("First prior", "first", "e_first", labels, names[0])
    with right:
        second = _pick("Second prior", "second", "e_second", labels, names[1])
    if first == second:
        st.caption("Choose two different priors.")
        return
    with guarded():
        for found in compare_priors(rows, first, second):
            st.html(comparison_html(found))
            notes = list(dict.fromkeys(m.note for m in found.metrics if m.note and m.measurable is not None))
            st.caption(plain(" ".join([f"{found.title}.", *notes])))
        st.caption(plain(explained()))


def _pick(label: str, name: str, key: str, labels: dict[str, str], default: str) -> str:
    address.read(name, key, labels, [default])
    chosen = st.selectbox(label, list(labels), key=key, format_func=lambda n: labels.get(n, n))
    address.write(name, key, [default])
    return str(chosen)


def comparison_html(found: Comparison) -> str:
    """Return a comparison as an HTML table; what is measurably better is marked."""
    head = "".join(f"<th>{escape(_head(text, found))}</th>" for text in HEADER)
    body = ""
    for metric, cells in zip(found.metrics, found.cells(), strict=True):
        mark = {True: "best", False: "even", None: "absent"}[metric.measurable]
        title = f' title="{escape(metric.note)}"' if metric.note else ""
        texts = "".join(f"<td>{escape(text)}</td>" for text in cells[:-1])
        body += f'<tr>{texts}<td class="{mark}"{title}>{escape(cells[-1])}</td></tr>'
    return f'{STYLE}<div class="tdot-table" tabindex="0"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _head(text: str, found: Comparison) -> str:
    return {"first": found.first.label, "second": found.second.label, "interval": "95 % interval"}.get(text, text)
