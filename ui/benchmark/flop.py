"""Operations per image of a row, counted once per network and kept."""

from __future__ import annotations

import streamlit as st

from tdot_core.errors import TdotError
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.error_split import ORACLE
from ui import cached


def gigaflop(item: TableRow) -> float | None:
    """Return 10^9 operations per image, prior and chain together; None without a chain, or where a network is not there."""
    row = item.row
    if row.nfe is None or row.key == ORACLE:
        return None
    name = row.run or row.prior
    try:
        net, prior = _net(row.net, cached.stamp(row.net)), _prior(name, row.dataset, cached.stamp(name, row.dataset))
    except TdotError:
        return None
    return (row.nfe * net + prior) / 1e9


@st.cache_data(max_entries=64, show_spinner="Counting the operations of one call of every network")
def _net(name: str, stamp: str) -> int:
    from tdot_core.services.compute.flops import flops_of_net

    return flops_of_net(cached.net(name))


@st.cache_data(max_entries=64, show_spinner="Counting the operations of one call of every network")
def _prior(name: str, dataset: str, stamp: str) -> int:
    from tdot_core.services.compute.flops import flops_of_prior

    return flops_of_prior(cached.prior(name, dataset))
