"""Evaluation: one row of numbers per prior, t_star and sampler, each with its spread and all that it depends on.

The names are imported when first used, so that a screen reads rows without loading torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tdot_core.services.evaluation.decomposition import decompose as decompose
    from tdot_core.services.evaluation.engine import evaluate as evaluate
    from tdot_core.services.evaluation.export import EXPORTS as EXPORTS
    from tdot_core.services.evaluation.export import export_bytes as export_bytes
    from tdot_core.services.evaluation.export import export_rows as export_rows
    from tdot_core.services.evaluation.job import EvaluationSession as EvaluationSession
    from tdot_core.services.evaluation.job import create_evaluation as create_evaluation
    from tdot_core.services.evaluation.paired import compare_rows as compare_rows
    from tdot_core.services.evaluation.rows import EvaluationRow as EvaluationRow
    from tdot_core.services.evaluation.rows import metric_title as metric_title
    from tdot_core.services.evaluation.rows import read_rows as read_rows
    from tdot_core.services.evaluation.spec import EvaluationSpec as EvaluationSpec

_HOMES = {
    "EvaluationSpec": "spec",
    "EvaluationRow": "rows",
    "evaluate": "engine",
    "create_evaluation": "job",
    "EvaluationSession": "job",
    "read_rows": "rows",
    "metric_title": "rows",
    "export_rows": "export",
    "export_bytes": "export",
    "EXPORTS": "export",
    "compare_rows": "paired",
    "decompose": "decomposition",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
