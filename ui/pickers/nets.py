"""Which denoisers can be chosen."""

from __future__ import annotations

from tdot_core.services.runs.store import best_run, list_runs


def net_labels() -> dict[str, str]:
    """Return the denoisers' labels by name: the default, the closed-form one where it was fitted, and every trained run."""
    closed = {"wiener": "Wiener filter (closed form)"} if best_run("wiener") is not None else {}
    own = {run.id: run.label for run in list_runs("denoiser") if run.weights_path.exists()}
    return {"denoiser": "Default denoiser"} | closed | own
