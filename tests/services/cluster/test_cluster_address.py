"""Finding a cluster on a machine where none was started."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.cluster.address import cluster_address


@pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="needs Ray: pip install -r requirements-ray.txt")
@pytest.mark.parametrize("wanted", ["auto", ""])
def test_where_no_cluster_was_started_the_sentence_says_how_to(
    wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))  # where Ray notes the cluster that it started last
    monkeypatch.setattr("ray._private.services.find_gcs_addresses", set)  # other tests may run one
    with pytest.raises(TdotError, match="No Ray cluster was started on this machine"):
        cluster_address(wanted)
