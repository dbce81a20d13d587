"""Reading the pickles of CIFAR's Python version without unpickling: opcode by opcode, a few known ones.

Nothing that a pickle names is imported or called. Long bytes are not even read: they become spans of the file.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.reason import reason

PROTOCOLS = (2, 3, 4, 5)
_SHORT, _LINE = 4096, 256
_MOST_STEPS = 3_000_000
_OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
_KNOWN = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy._core.numeric", "_frombuffer"),
}
_BEYOND = "is a pickle that asks for {what}, which CIFAR's files do not; nothing of it was run. Convert it where you trust it: numpy.savez."


@dataclass(frozen=True)
class Span:
    """Bytes that stay in the file: from start, size of them."""

    start: int
    size: int


@dataclass
class Array:
    """An array of the pickle: its shape, type and where its numbers are."""

    shape: tuple[int, ...] = ()
    dtype: np.dtype[Any] | None = None
    data: Span | bytes = b""
    fortran: bool = False


@dataclass
class _Dtype:
    """A numpy.dtype in the making: its code ("u1") and byte order."""

    code: str
    order: str = "|"

    def made(self) -> np.dtype[Any]:
        if self.code[:1] not in ("u", "i", "f", "b") or not self.code[1:].isdigit():
            raise ValueError(f"numbers of type {self.code[:20]!r}")
        return np.dtype((self.order if self.order in ("<", ">") else "=") + self.code)


@dataclass(frozen=True)
class _Name:
    """What GLOBAL pushes: a name, never the thing."""

    module: str
    name: str


class _Mark:
    """The mark on the stack."""


def read_plain_pickle(file: BinaryIO, size: int, name: str) -> dict[str, Any]:
    """Return the dict of an open pickle of size bytes: text keys; values text, numbers, lists, None and `Array`s.

    Raises TdotError for anything else, such as a name that is to be called, and for a damaged pickle.
    """
    try:
        found = _Machine(file, size).run()
    except _Refused as refusal:
        raise TdotError(f"{name} {_BEYOND.format(what=refusal)}") from None
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, EOFError, OSError, AttributeError) as error:
        raise TdotError(f"{name} is no whole pickle of CIFAR's kind ({reason(error)}).") from error
    if not isinstance(found, dict):
        raise TdotError(f"{name} is a pickle of {type(found).__name__}; CIFAR's hold a dict of data and labels.")
    return {_text(key): value for key, value in found.items()}


class _Refused(Exception):
    """Names what a pickle asks for beyond plain data."""


class _Machine:
    """Run the few opcodes of plain data."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(_MOST_STEPS):
            opcode = _OPCODES.get(self.file.read(1).decode("latin-1"))
            if opcode is None:
                raise EOFError("it ends too early, or holds an unknown opcode")
            if opcode.name == "STOP":
                (found,) = self.stack
                return found
            step = _STEPS.get(opcode.name)
            if step is None:
                raise _Refused(f"the opcode {opcode.name}")
            step(self, self._argument(opcode))
        raise ValueError("it has too many steps")

    def _argument(self, opcode: pickletools.OpcodeInfo) -> Any:
        if opcode.arg is None:
            return None
        if opcode.name == "GLOBAL":
            return [self.file.readline(_LINE).decode("utf-8").rstrip("\n") for _ in range(2)]
        if opcode.name in _LENGTHS:
            return self._bytes(int.from_bytes(self._exactly(_LENGTHS[opcode.name]), "little"))
        return opcode.arg.reader(self.file)

    def _bytes(self, size: int) -> bytes | Span:
        start = self.file.tell()
        if size > self.size - start:
            raise EOFError("it ends too early")
        if size <= _SHORT:
            return self._exactly(size)
        self.file.seek(size, 1)
        return Span(start, size)

    def _exactly(self, size: int) -> bytes:
        data = self.file.read(size)
        if len(data) != size:
            raise EOFError("it ends too early")
        return data

    def since_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while at >= 0 and not isinstance(self.stack[at], _Mark):
            at -= 1
        if at < 0:
            raise IndexError("a mark is missing")
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items


def _push(make: Callable[[Any], Any]) -> Callable[[_Machine, Any], None]:
    return lambda machine, argument: machine.stack.append(make(argument))


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if not isinstance(value, str):
        raise TypeError("a key that is no text")
    return value


def _unicode(value: bytes | Span) -> str | Span:
    # Text of bytes that Python 3 wrote for protocol 2 is long and is encoded again: see _codecs.encode.
    return value if isinstance(value, Span) else value.decode("utf-8", "surrogatepass")


def _put(machine: _Machine, at: Any) -> None:
    machine.memo[len(machine.memo) if at is None else int(at)] = machine.stack[-1]


def _append(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is not list:
        raise TypeError("an append to what is no list")
    target.extend(items)


def _set(machine: _Machine, items: list[Any]) -> None:
    target = machine.stack[-1]
    if type(target) is not dict or len(items) % 2:
        raise TypeError("an entry for what is no dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        target[_text(key)] = value


def _pop(machine: _Machine, n: int) -> list[Any]:
    if len(machine.stack) < n:
        raise IndexError("the stack is empty")
    items = machine.stack[-n:]
    del machine.stack[-n:]
    return items


def _global(machine: _Machine, module: str, name: str) -> None:
    if (module, name) not in _KNOWN:
        raise _Refused(f"{module[:60]}.{name[:60]}")
    machine.stack.append(_Name(module, name))


def _stack_global(machine: _Machine, _: Any) -> None:
    module, name = _pop(machine, 2)
    _global(machine, _text(module), _text(name))


def _reduce(machine: _Machine, _: Any) -> None:
    called, given = _pop(machine, 2)
    if not isinstance(called, _Name) or not isinstance(given, tuple):
        raise _Refused("a call")
    if called.name not in _CALLS:
        raise _Refused(f"a call of {called.name}")
    machine.stack.append(_CALLS[called.name](*given))


def _new_dtype(code: Any, *_: Any) -> _Dtype:
    return _Dtype(_text(code))


def _new_array(kind: Any, *_: Any) -> Array:
    if kind != _Name("numpy", "ndarray"):
        raise _Refused("an array of another class")
    return Array()


def _encoded(text: Any, coding: Any) -> bytes:
    if isinstance(text, Span):
        raise ValueError("its bytes are written as text; pickle it again with protocol 4")
    if coding != "latin1":
        raise _Refused("another coding")
    return bytes(text, "latin-1")


def _from_buffer(data: Any, dtype: Any, shape: Any, order: Any) -> Array:
    return Array(_shape(shape), dtype.made(), data, order == "F")


def _build(machine: _Machine, _: Any) -> None:
    (state,) = _pop(machine, 1)
    target = machine.stack[-1]
    if isinstance(target, _Dtype) and isinstance(state, tuple):
        target.order = _text(state[1])
    elif isinstance(target, Array) and isinstance(state, tuple):
        _, shape, dtype, fortran, data = state
        if not isinstance(data, bytes | Span):
            raise TypeError("an array of Python objects")
        target.shape, target.dtype, target.fortran, target.data = _shape(shape), dtype.made(), bool(fortran), data
    else:
        raise _Refused("the state of another class")


def _shape(value: Any) -> tuple[int, ...]:
    if not isinstance(value, tuple) or not all(type(side) is int and side >= 0 for side in value):
        raise TypeError("a shape that is none")
    return value


_CALLS: dict[str, Callable[..., Any]] = {
    "_reconstruct": _new_array,
    "dtype": _new_dtype,
    "encode": _encoded,
    "_frombuffer": _from_buffer,
}
_LENGTHS = {
    "SHORT_BINSTRING": 1,
    "BINSTRING": 4,
    "SHORT_BINBYTES": 1,
    "BINBYTES": 4,
    "BINBYTES8": 8,
    "SHORT_BINUNICODE": 1,
    "BINUNICODE": 4,
    "BINUNICODE8": 8,
    "BYTEARRAY8": 8,
}
_STEPS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": lambda machine, version: _check_protocol(version),
    "FRAME": lambda machine, _: None,
    "MARK": _push(lambda _: _Mark()),
    "EMPTY_DICT": _push(lambda _: {}), "EMPTY_LIST": _push(lambda _: []), "EMPTY_TUPLE": _push(lambda _: ()),
    "NONE": _push(lambda _: None), "NEWTRUE": _push(lambda _: True), "NEWFALSE": _push(lambda _: False),
    **dict.fromkeys(("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "SHORT_BINSTRING", "BINSTRING", "SHORT_BINBYTES",
                     "BINBYTES", "BINBYTES8", "BYTEARRAY8"), _push(lambda value: value)),
    **dict.fromkeys(("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"), _push(_unicode)),
    **dict.fromkeys(("BINPUT", "LONG_BINPUT", "MEMOIZE"), _put),
    **dict.fromkeys(("BINGET", "LONG_BINGET"), lambda machine, at: machine.stack.append(machine.memo[at])),
    "APPEND": lambda machine, _: _append(machine, _pop(machine, 1)),
    "APPENDS": lambda machine, _: _append(machine, machine.since_mark()),
    "SETITEM": lambda machine, _: _set(machine, _pop(machine, 2)),
    "SETITEMS": lambda machine, _: _set(machine, machine.since_mark()),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(_pop(machine, 1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(_pop(machine, 2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(_pop(machine, 3))),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.since_mark())),
    "GLOBAL": lambda machine, names: _global(machine, *names),
    "STACK_GLOBAL": _stack_global,
    "REDUCE": _reduce,
    "BUILD": _build,
}  # fmt: skip


def _check_protocol(version: int) -> None:
    if version not in PROTOCOLS:
        raise ValueError(f"protocol {version}")
