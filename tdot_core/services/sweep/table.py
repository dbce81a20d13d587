"""The rows of a sweep as one tidy table with provenance: a line per prior, setting, extractor and layer, a column per fact."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tdot_core.errors import TdotError
from tdot_core.services.storage.files import write_atomically
from tdot_core.services.sweep.graph import Node
from tdot_core.services.sweep.nodes import record_of

if TYPE_CHECKING:
    import pandas as pd

VALUES = ("value", "spread", "n", "n_real", "sets", "note", "values")
NESTED = ("metrics", "start")
OF_THE_NODE = (
    "seconds",
    "hardware",
    "threads",
    "host",
    "finished",
    "code_version",
    "python",
    "torch",
    "numpy",
    "scipy",
    "scikit-learn",
)


def table_of(nodes: Mapping[str, Node]) -> pd.DataFrame:
    """Return the finished rows of a plan as a table; raises TdotError when there is none.

    id: hash of everything the line depends on, so that equal work of two machines is one line. A metric KEY has the columns KEY,
    KEY_spread, KEY_n, ..., KEY_values; the prior's own error at x_{t*} the same after start_. seconds and the columns after it: what
    the node took, on which hardware, threads and host, when, by which versions.
    """
    import pandas as pd

    lines = [line for key, node in nodes.items() if node.kind == "row" for line in _lines(key)]
    if not lines:
        raise TdotError("This sweep has no finished row yet. Run it first: tdot sweep run FILE.")
    return pd.DataFrame(lines).convert_dtypes()


def _lines(key: str) -> Iterator[dict[str, Any]]:
    record = record_of(key)
    if record is None:
        return
    for row in record["rows"]:
        line = {"id": hashlib.sha256(f"{key} {row['layer']}".encode()).hexdigest()[:24], "node": key}
        line |= {name: value for name, value in row.items() if name not in NESTED}
        for prefix, metrics in zip(("", "start_"), (row[name] for name in NESTED), strict=True):
            for metric, value in metrics.items():
                line |= {f"{prefix}{metric}{'' if part == 'value' else f'_{part}'}": value.get(part) for part in VALUES}
        yield line | {f"node_{name}" if name in row else name: record.get(name) for name in OF_THE_NODE}


def merged(table: pd.DataFrame, others: Sequence[Path]) -> pd.DataFrame:
    """Return the table with the lines of other such files that it lacks; raises TdotError for a file that is none."""
    import pandas as pd

    tables = [table, *(_read(path) for path in others)]
    return pd.concat(tables, ignore_index=True).drop_duplicates("id", ignore_index=True)


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        found = pd.read_parquet(path)
    except (OSError, ValueError, ImportError) as error:
        raise TdotError(f"{path.name} cannot be read as Parquet ({str(error).splitlines()[0][:120]}).") from error
    if not {"id", "node"} <= set(found.columns):
        raise TdotError(
            f"{path.name} is no table of a sweep: expected the columns id and node, as `sweep rows --out` writes them."
        )
    return found


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet in one step; raises TdotError when the disk refuses."""
    try:
        write_atomically(path, lambda temporary: table.to_parquet(temporary, index=False))
    except OSError as error:
        raise TdotError(
            f"{path.name} could not be written: {error.strerror}. Choose another folder or free space."
        ) from error
