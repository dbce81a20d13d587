"""Registration by discovery: a new file in a package is a new entry, with no other edit."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Generic, TypeVar

from tdot_core.errors import unknown_name

T = TypeVar("T")


class Registry(Generic[T]):
    """Map keys to the subclasses of `base` found in the modules of `package`, sorted by (order, key).

    Each entry is a concrete class with a class attribute `key`. Raises TypeError when two classes share a key or a key is
    not a short lower-case name: mistakes of the programmer, found by the first look-up.
    """

    def __init__(self, package: str, base: type[T], kind: str) -> None:
        self.package, self.base, self.kind = package, base, kind
        self._entries: dict[str, type[T]] | None = None

    def all(self) -> dict[str, type[T]]:
        """Return every entry by key, discovering the package's modules on the first call."""
        if self._entries is None:
            self._entries = self._discover()
        return self._entries

    def get(self, key: str) -> type[T]:
        """Return the class registered under key; raises TdotError listing the known keys."""
        entries = self.all()
        if key not in entries:
            raise unknown_name(self.kind, key, entries)
        return entries[key]

    def _discover(self) -> dict[str, type[T]]:
        found: dict[str, type[T]] = {}
        for info in pkgutil.iter_modules(importlib.import_module(self.package).__path__):
            module = importlib.import_module(f"{self.package}.{info.name}")
            for item in vars(module).values():
                if self._is_entry(item, module.__name__):
                    key = item.key
                    if not isinstance(key, str) or not key.replace("-", "").replace("_", "").isalnum():
                        raise TypeError(f"{item.__qualname__}.key must be a short name, found {key!r}")
                    if key in found:
                        raise TypeError(f"{found[key].__qualname__} and {item.__qualname__} share the key {key!r}")
                    found[key] = item
        return dict(
            sorted(found.items(), key=lambda pair: (getattr(pair[1], "rank", getattr(pair[1], "order", 100)), pair[0]))
        )

    def _is_entry(self, item: object, module: str) -> bool:
        return (
            isinstance(item, type) and issubclass(item, self.base) and item.__module__ == module and "key" in vars(item)
        )
