"""What one measurement says."""

from __future__ import annotations

import operator
from dataclasses import asdict, dataclass
from typing import Any

COMPARE = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class BenchResult:
    """State one measurement against its bar.

    group, name: what was measured; value: None when it cannot be measured here, and the name says why; unit: of the
    value; sense and limit: the bar, such as ">=" and 95.
    """

    group: str
    name: str
    value: float | None
    unit: str
    sense: str
    limit: float

    @property
    def bar(self) -> str:
        """Return the bar in words that a person and a program can read, such as ">= 95"."""
        return f"{self.sense} {self.limit:g}"

    @property
    def holds(self) -> bool | None:
        """Return whether the value meets its bar, None when there is no value."""
        return None if self.value is None else bool(COMPARE[self.sense](self.value, self.limit))

    def document(self) -> dict[str, Any]:
        """Return group, name, value, unit, bar and holds as plain values."""
        values = asdict(self)
        return {k: values[k] for k in ("group", "name", "value", "unit")} | {"bar": self.bar, "holds": self.holds}
