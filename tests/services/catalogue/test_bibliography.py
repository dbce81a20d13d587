"""Whatever the code cites has its entry."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.catalogue.sources import bibliography, find_source

PROJECT = Path(__file__).resolve().parents[3]
KEY = re.compile(r"\b[a-z]+(?:19|20)\d\d[a-z]*\b")


def test_every_key_in_the_code_is_in_the_bibliography() -> None:
    files = [*(PROJECT / "tdot_core").rglob("*.py"), *(PROJECT / "ui").rglob("*.py")]
    cited = {key for path in files for key in KEY.findall(path.read_text(encoding="utf-8"))}
    assert len(cited) > 10
    assert cited <= {source.key for source in bibliography()}


def test_entries_are_whole_and_their_keys_differ() -> None:
    keys = [source.key for source in bibliography()]
    assert len(keys) == len(set(keys))
    for source in bibliography():
        assert str(source.year) in source.key
        assert source.url.startswith("https://")
        assert source.authors and source.title and source.venue and source.what


def test_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(TdotError, match="ho2020"):
        find_source("nobody1900")
