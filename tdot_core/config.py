"""Settings as frozen dataclasses whose field metadata makes forms, command-line help and checks."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from tdot_core.errors import TdotError

C = TypeVar("C")


def setting(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    step: float | None = None,
    choices: tuple[str, ...] = (),
    advanced: bool = False,
    before: Any = None,
) -> Any:
    """Declare one field of a Config: default, one line of help, inclusive range, form step, allowed names.

    advanced: shown behind a fold in the forms. before: for a field added later, what runs did that were made without it.
    """
    metadata = {"help": help, "low": low, "high": high, "step": step, "choices": choices, "advanced": advanced}
    return dataclasses.field(default=default, metadata=metadata | {"before": before})


def _number(kind: type, name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise TdotError(f"Setting {name!r} takes a number, found {value!r}.")
    if kind is int and value != int(value):
        raise TdotError(f"Setting {name!r} takes a whole number, found {value!r}.")
    return kind(value)


def _checked(field: dataclasses.Field[Any], kind: Any, value: Any) -> Any:
    if isinstance(kind, types.UnionType):
        if value is None:
            return None
        kind = next(k for k in typing.get_args(kind) if k is not type(None))
    if kind in (int, float):
        value = _number(kind, field.name, value)
    elif not isinstance(value, kind):
        raise TdotError(f"Setting {field.name!r} takes {kind.__name__}, found {value!r}.")
    low, high, choices = (field.metadata.get(k) for k in ("low", "high", "choices"))
    if choices and value not in choices:
        raise TdotError(f"Setting {field.name!r} must be one of {', '.join(choices)}; found {value!r}.")
    if (low is not None and value < low) or (high is not None and value > high):
        span = f"from {low} to {high}" if high is not None else f"at least {low}"
        raise TdotError(f"Setting {field.name!r} must be {span}, found {value}.")
    return value


def build_config(cls: type[C], values: Mapping[str, Any]) -> C:
    """Build a Config from plain values (JSON, a form, the command line), checking names, types and ranges.

    Raises TdotError naming the first wrong setting and what it takes.
    """
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name in values:
        if name not in fields:
            raise TdotError(f"Unknown setting {str(name)[:80]!r}. Known: {', '.join(fields)}.")
    hints = typing.get_type_hints(cls)
    return cls(**{name: _checked(fields[name], hints[name], value) for name, value in values.items()})


def joined(name: str, base: type, *parts: type) -> type:
    """Return a Config dataclass called `name` with the fields of base, then those of the parts: what plug-ins add to it.

    A part's field counts as added later: earlier runs did what its default does, and keep their hash. Raises TypeError when
    two share a name: a mistake of the programmer.
    """
    seen = {field.name for field in dataclasses.fields(base)}
    extra: list[tuple[str, Any, dataclasses.Field[Any]]] = []
    for part in parts:
        hints = typing.get_type_hints(part)
        for field in dataclasses.fields(part):
            if field.name in seen:
                raise TypeError(f"{part.__qualname__}.{field.name} is a setting already")
            seen.add(field.name)
            about = {**field.metadata, "before": field.default}
            extra.append((field.name, hints[field.name], dataclasses.field(default=field.default, metadata=about)))
    return dataclasses.make_dataclass(name, extra, bases=(base,), frozen=True, namespace={"__doc__": base.__doc__})


def recorded_config(cls: type[C], values: Mapping[str, Any]) -> C:
    """Build the Config of a run from what was recorded with it: fields added since then mean what the run did without them.

    Raises TdotError as `build_config` does.
    """
    added = {f.name: f.metadata["before"] for f in dataclasses.fields(cls) if _added(f)}  # type: ignore[arg-type]
    return build_config(cls, added | dict(values))


def identity(config: Any) -> str:
    """Return the config as text for hashes: fields added later are left out where they say what runs did before them.

    So what was hashed before a field was added keeps its hash.
    """
    shown = (
        f"{f.name}={getattr(config, f.name)!r}"
        for f in dataclasses.fields(config)
        if not (_added(f) and getattr(config, f.name) == f.metadata["before"])
    )
    return f"{type(config).__name__}({', '.join(shown)})"


def _added(field: dataclasses.Field[Any]) -> bool:
    return field.metadata.get("before") is not None


def parse_setting(cls: type, name: str, text: str) -> Any:
    """Turn the command line's text for one setting into its type; raises TdotError when it does not fit."""
    hints = typing.get_type_hints(cls)
    if name not in hints:
        raise TdotError(f"Unknown setting {name[:80]!r}. Known: {', '.join(hints)}.")
    kinds = typing.get_args(hints[name]) or (hints[name],)
    if type(None) in kinds and text.lower() in ("", "none"):
        return None
    kind = next(k for k in kinds if k is not type(None))
    if kind is bool:
        if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise TdotError(f"Setting {name!r} takes true or false, found {text!r}.")
        return text.lower() in ("true", "1", "yes")
    try:
        return kind(text)
    except ValueError:
        raise TdotError(f"Setting {name!r} takes {kind.__name__}, found {text!r}.") from None
