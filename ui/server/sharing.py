"""What is hidden when others than the owner of this machine can look."""

from __future__ import annotations

import ipaddress

import streamlit as st

from tdot_core.services.storage.readonly import read_only


def hide_details_when_shared() -> None:
    """Show errors in full to a reader on this machine, and only that there was one when the app is shared or read-only."""
    wanted = "none" if read_only() or not loopback(str(st.get_option("server.address") or "")) else "full"
    if st.get_option("client.showErrorDetails") != wanted:
        st.set_option("client.showErrorDetails", wanted)


def loopback(address: str) -> bool:
    """Return whether only this machine reaches a server that listens on address; an empty one listens everywhere."""
    if address.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
