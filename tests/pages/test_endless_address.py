"""Numbers without an end in the address: the screen says so and shows its default."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest


@pytest.mark.parametrize(
    ("name", "key"), [("sample", "n_steps"), ("sample", "t_star"), ("evaluate", "n"), ("truncation", "t")]
)
@pytest.mark.parametrize("value", ["9" * 400, "inf", "nan", "-1e999"])
def test_the_default_is_shown(screen: Callable[..., AppTest], tiny: Path, name: str, key: str, value: str) -> None:
    app = screen(name, **{key: value})
    assert any("no finite number" in caption.value for caption in app.caption)
