"""Details of errors are for the machine's owner alone."""

from __future__ import annotations

import pytest
import streamlit as st

from ui.server.sharing import hide_details_when_shared, loopback


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("127.8.8.8", True),
        ("0.0.0.0", False),
        ("", False),
        ("192.168.1.4", False),
        ("a.example", False),
    ],
)
def test_what_only_this_machine_reaches(address: str, own: bool) -> None:
    assert loopback(address) is own


def test_details_are_hidden_when_shared_or_read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"server.address": "127.0.0.1", "client.showErrorDetails": "full"}
    monkeypatch.setattr(st, "get_option", options.get)
    monkeypatch.setattr(st, "set_option", options.__setitem__)
    seen = []
    for address, read_only in (("127.0.0.1", "0"), ("0.0.0.0", "0"), ("127.0.0.1", "0"), ("127.0.0.1", "1")):
        options["server.address"] = address
        monkeypatch.setenv("TDOT_READONLY", read_only)
        hide_details_when_shared()
        seen.append(options["client.showErrorDetails"])
    assert seen == ["full", "none", "full", "none"]
