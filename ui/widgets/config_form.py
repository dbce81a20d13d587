"""A form made from a Config dataclass: a new setting, or a new prior, appears by itself."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

COLUMNS = 3


def config_form(config: type, key: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Show a widget per field of a Config and return what they say; `build_config` checks it.

    Help, range, step and choices come from the fields' metadata; fields marked advanced stand behind a fold. given: values
    to begin with instead of the defaults; those that do not fit are passed over. Widgets have the keys KEY-FIELD.
    """
    fields = dataclasses.fields(config)
    hints = typing.get_type_hints(config)
    plain = [field for field in fields if not field.metadata.get("advanced")]
    advanced = [field for field in fields if field.metadata.get("advanced")]
    values = _grid(plain, hints, key, given or {})
    if advanced:
        with st.expander(
            f"More settings: {', '.join(title(field.name).lower() for field in advanced)}", key=f"{key}-advanced"
        ):
            values |= _grid(advanced, hints, key, given or {})
    return values


def _grid(
    fields: list[dataclasses.Field[Any]], hints: dict[str, Any], key: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for start in range(0, len(fields), COLUMNS):
        for place, field in zip(
            st.columns(COLUMNS, vertical_alignment="bottom"), fields[start : start + COLUMNS], strict=False
        ):
            with place:
                values[field.name] = _widget(field, hints[field.name], f"{key}-{field.name}", given)
    return values


def _widget(field: dataclasses.Field[Any], hint: Any, key: str, given: Mapping[str, Any]) -> Any:
    kind, optional = base_type(hint)
    about = field.metadata
    default = given[field.name] if fits(field, kind, given.get(field.name)) else field.default
    options: dict[str, Any] = {"key": key, "help": about.get("help") or None}
    if about.get("choices"):
        choices = list(about["choices"])
        return st.selectbox(
            title(field.name), choices, index=choices.index(default) if default in choices else 0, **options
        )
    if kind is bool:
        return st.toggle(title(field.name), bool(default), **options)
    if kind in (int, float):
        # Streamlit wants the limits, the value and the step all of one type, which only the field knows.
        of_kind: Callable[[Any], Any] = lambda value: None if value is None else kind(value)  # noqa: E731
        return st.number_input(
            title(field.name),
            min_value=of_kind(about.get("low")),
            max_value=of_kind(about.get("high")),
            value=of_kind(default),
            step=of_kind(about.get("step") or sensible_step(kind, default)),
            format="%d" if kind is int else "%g",
            placeholder="none" if optional else None,
            **options,
        )
    text = st.text_input(title(field.name), "" if default is None else str(default), **options)
    return None if optional and not text else text


def base_type(hint: Any) -> tuple[type, bool]:
    """Return the type behind a hint and whether None is allowed: int | None gives (int, True)."""
    if isinstance(hint, types.UnionType):
        kinds = [k for k in typing.get_args(hint) if k is not type(None)]
        return kinds[0], len(kinds) < len(typing.get_args(hint))
    return hint, False


def fits(field: dataclasses.Field[Any], kind: type, value: Any) -> bool:
    """Tell whether a value from elsewhere (an address, another run) may stand in a field's widget."""
    if value is None:
        return False
    if kind in (int, float):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not math.isfinite(value)
            or value != kind(value)
        ):
            return False
        low, high = field.metadata.get("low"), field.metadata.get("high")
        return (low is None or value >= low) and (high is None or value <= high)
    choices = field.metadata.get("choices")
    return isinstance(value, kind) and (not choices or value in choices)


def sensible_step(kind: type, default: Any) -> float:
    """Return what a click on plus adds: 1 for whole numbers, else one unit of the default's leading digit."""
    if kind is int:
        return 1
    size = abs(float(default or 0))
    return 10.0 ** math.floor(math.log10(size)) if size > 0 else 0.1


def title(name: str) -> str:
    """Return a field's name as a label: `n_projections` gives "N projections", `lr` and `t_train` stay as they are known."""
    known = {
        "lr": "Step size (lr)",
        "t_train": "t_train",
        "ema": "EMA decay",
        "kl_weight": "KL weight",
        "n_projections": "Projections",
    }
    return known.get(name, name.replace("_", " ").capitalize())
