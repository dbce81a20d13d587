"""Where the table says that a prior begins to work."""

from __future__ import annotations

import pytest

from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.starts import measured_starts


def test_the_shipped_table_is_read_as_results_md_tells_it() -> None:
    found = measured_starts(shipped_rows(), "cifar10", 1000)
    assert found.whole == pytest.approx(5.31, abs=0.005)
    assert found.by_prior["gan-published"][400] == pytest.approx(3.65, abs=0.005), (
        "5,000 images, not the 500 of another row"
    )
    assert (found.works_from("gan-published"), found.works_from("gaussian")) == (10, 100)
    assert found.works_from("vae-published") is None and found.works_from("no-such") is None
    assert found.best("ot-local") == 400 and found.best("no-such") is None
    assert "vanilla" not in found.by_prior and measured_starts([], "cifar10", 1000).whole is None
