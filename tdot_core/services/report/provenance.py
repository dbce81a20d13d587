"""Where the numbers of a report come from, and what to cite."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version

from tdot_core.services.catalogue.chains import sampler_catalogue
from tdot_core.services.catalogue.priors import prior_catalogue
from tdot_core.services.catalogue.sources import bibliography, bibtex
from tdot_core.services.results.export import to_bibtex
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.storage.version import code_version

PACKAGES = ("torch", "numpy", "scipy", "plotly", "torch-fidelity", "scikit-learn")


def facts(rows: Sequence[EvaluationRow]) -> dict[str, str]:
    """Return what the rows and this page depend on, by name."""
    dates = sorted(row.created for row in rows if row.created)
    return {
        "rows": f"{len(rows):,}, {len({row.fingerprint for row in rows if row.fingerprint}):,} fingerprints",
        "measured": f"{dates[0]} to {dates[-1]}" if dates else "unknown",
        "data sets": _listed(row.dataset for row in rows),
        "features": _listed(f"{row.extractor} {row.layer}" for row in rows),
        "denoisers": _listed(row.net for row in rows if row.net),
        "precision": _listed(row.precision for row in rows),
        "devices": _listed(row.device for row in rows),
        "first seeds": _listed(str(row.seed) for row in rows),
        "real images": _listed(f"{row.n_real:,}" for row in rows),
        "this page": f"TDOT code {code_version()}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
    }


def citations(rows: Sequence[EvaluationRow]) -> str:
    """Return the BibTeX of the metrics, priors and samplers in the rows, each once."""
    keys = {row.key for row in rows}
    wanted = [info.reference for info in prior_catalogue() if info.key in keys]
    wanted += [info.reference for key, info in sampler_catalogue().items() if key in {row.sampler for row in rows}]
    known, metric_entries = {source.key for source in bibliography()}, to_bibtex(rows)
    others = [key for key in dict.fromkeys(wanted) if key in known and f"{{{key}," not in metric_entries]
    return metric_entries + ("\n" + bibtex(others) if others else "")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name)) or "none"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
