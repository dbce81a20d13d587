"""State in the address for widgets whose options carry labels.

Streamlit's own binding writes the label into the address; a link must name the thing (`prior=ot`), which stays when a
label changes. `read` before the widget and `write` after it do the same by name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from ui.returning import note
from ui.words import plain


def read(name: str, key: str, known: Collection[str], default: Sequence[str], *, many: bool = False) -> None:
    """Set the widget with this key to what the address's parameter `name` says, when that is new; say what is unknown.

    default: the value when nothing usable is said, only its first unless many. The last choice comes back when the reader
    returns from another screen; a value that is not known any more becomes the default.
    """
    values, here = _wanted(name, key, known, default, many), key in st.session_state
    if not here or _listed(st.session_state[key]) != values:
        st.session_state[key] = values if many else (values[0] if values else None)


def begin(name: str, key: str, known: Collection[str], default: Sequence[str], *, many: bool = False) -> list[str]:
    """Do as `read`, but return what to give the widget as its default, where a click may cut the first run short.

    A browser that missed the message which set a value shows the widget's default instead, and sends that back: so the
    default is always the value. Only in the run where an existing widget is set by force it is empty, since Streamlit
    takes one or the other.
    """
    values = _wanted(name, key, known, default, many)
    if key in st.session_state and _listed(st.session_state[key]) != values:
        st.session_state[key] = values if many else (values[0] if values else None)
        return []
    return values


def rename(name: str, present: Mapping[str, str]) -> None:
    """Call things in the address by their present names, before `read` or `begin`; present: by the other name.

    A run goes by its id until it becomes the best of its kind, then by the kind: links made before must go on leading to it.
    """
    found = asked(name)
    renamed = list(dict.fromkeys(present.get(value, value) for value in found))
    if renamed != found:
        put(**{name: renamed})


def present_words(former: Mapping[str, str]) -> None:
    """Call the address's parameters by their present names, so that links made before lead where they led.

    former: the present name by the former one; what the address says by its present name wins. Called before a screen's first
    widget; the script starts over, since widgets read the address that it began with.
    """
    found = {name: asked(name) for name in former if name in st.query_params}
    if not found:
        return
    for name, values in found.items():
        st.query_params.pop(name, None)
        if former[name] not in st.query_params:
            put(**{former[name]: values})
    st.rerun()


def _wanted(name: str, key: str, known: Collection[str], default: Sequence[str], many: bool) -> list[str]:
    # Always there: a note that comes and goes by itself would shift, and so rebuild, every widget after it.
    note, found, here = st.container(), asked(name), key in st.session_state
    if found and found != st.session_state.get(_written(key)):
        with note:
            explain(name, known=known)
        values = [] if found == [""] and many else chosen(name, known, list(default))
    elif here and found != st.session_state.get(_written(key), []):
        values = list(default)
    else:
        held = _listed(st.session_state.get(key if here else _held(key), list(default)))
        values = [value for value in held if value in known]
        if held and not values:
            values = list(default)
    return values if many else values[:1]


def ask(name: str, key: str, value: str) -> None:
    """Have the next `read` or `begin` of this widget take the value as it takes one from a fresh link."""
    put(**{name: value})
    st.session_state.pop(_written(key), None)


def arrived(name: str, key: str) -> bool:
    """Return whether the browser's address says what `write` last wrote for the widget with this key."""
    return asked(name) == st.session_state.get(_written(key))


def place(options: Sequence[str], begin: Sequence[str]) -> int:
    """Return the number of the option that `begin` gave, for widgets whose default is a number."""
    return options.index(begin[0]) if begin and begin[0] in options else 0


def told_apart(labels: Mapping[str, str]) -> dict[str, str]:
    """Return labels by name in which no two are equal: Streamlit's widgets tell their options apart by label alone."""
    counts = Counter(labels.values())
    return {name: label if counts[label] == 1 else f"{label} ({name[-4:]})" for name, label in labels.items()}


def write(name: str, key: str, default: Sequence[str]) -> None:
    """Put the value of the widget with this key into the address; a default leaves it short, nothing chosen is `name=`."""
    values = _listed(st.session_state.get(key))
    wanted = [] if values == list(default) else values or [""]
    if asked(name) != wanted:
        put(**{name: wanted})
    note()
    st.session_state[_written(key)], st.session_state[_held(key)] = wanted, values


def _written(key: str) -> str:
    return f"address-of-{key}"


def _held(key: str) -> str:
    return f"last-{key}"


def _listed(value: object) -> list[str]:
    if isinstance(value, list | tuple):
        return [str(v) for v in value]
    return [] if value is None else [str(value)]


BIND: dict[str, Any] = {"bind": "query-params"}


SHOWN, ENDLESS = 40, "endless-parameters"


NAMES = {
    "prior",
    "run",
    "dataset",
    "e_data",
    "net",
    "metric",
    "space",
    "spread",
    "view",
    "row",
    "q",
    "columns",
    "sweep",
    "find",
    "tag",
    "with",
    "like",
    "loss",
    "missed_by",
}


"""Parameters that name things, which may be called nan."""


def asked(name: str) -> list[str]:
    """Return what the address says about a parameter: no value, one, or several."""
    return [str(value) for value in st.query_params.get_all(name)]


def explain(
    name: str, *, low: float | None = None, high: float | None = None, known: Collection[str] | None = None
) -> None:
    """Say it when the address asks for a value outside [low, high], or for names that are not known.

    Call it before the widget of that key: the widget takes its default and clears the parameter.
    """
    wrong = []
    for value in asked(name):
        if known is not None and value not in known:
            wrong.append(f"{name} = {value[:SHOWN]}, which is not there (any more)")
        elif (low is not None or high is not None) and not _within(value, low, high):
            span = f"from {low:g} to {high:g}" if low is not None and high is not None else "in its range"
            wrong.append(f"{name} = {value[:SHOWN]}, which is not a number {span}")
    # The place is always taken, so that a note which comes or goes moves no widget to another position.
    place = st.empty()
    if wrong:
        place.caption(f":material/info: The address asks for {plain('; '.join(wrong))}. The default is shown.")


def drop_endless() -> None:
    """Take parameters whose number is infinite or no number out of the address, and say so: Streamlit's widgets fail on them.

    Called before a screen's first widget; the script starts over, since widgets read the address that it began with.
    """
    endless = [name for name in st.query_params if name not in NAMES and any(_endless(value) for value in asked(name))]
    if endless:
        for name in endless:
            st.query_params.pop(name, None)
        st.session_state[ENDLESS] = ", ".join(name[:SHOWN] for name in endless)
        st.rerun()
    if names := st.session_state.pop(ENDLESS, None):
        st.caption(
            f":material/info: The address gives {plain(names)} a value that is no finite number. The default is shown."
        )


def _endless(text: str) -> bool:
    try:
        return not math.isfinite(float(text))
    except (ValueError, OverflowError):
        return False


def chosen(name: str, known: Collection[str], default: list[str]) -> list[str]:
    """Return the known names that a repeated parameter of the address gives, or default when none is."""
    return [value for value in asked(name) if value in known] or default


def put(**values: object) -> None:
    """Write parameters into the address without a rerun; None and an empty list remove one."""
    for name, value in values.items():
        if value is None or value == []:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = [str(v) for v in value] if isinstance(value, list | tuple) else str(value)
    note()


def _within(text: str, low: float | None, high: float | None) -> bool:
    try:
        number = float(text)
    except ValueError:
        return False
    return (low is None or number >= low) and (high is None or number <= high)
