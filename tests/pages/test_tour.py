"""The tour: five steps over five screens, its place in the address, left at any time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from ui.server.navigation import find_pages
from ui.tour.steps import STEPS


def test_every_step_is_on_a_screen_of_its_own() -> None:
    assert len(STEPS) == 5 and {step.page for step in STEPS} <= {page.name for page in find_pages()}
    assert len({step.page for step in STEPS}) == 5


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_step_shows_its_text_and_the_ways_on(number: int, screen: Callable[..., AppTest]) -> None:
    step = STEPS[number - 1]
    app = screen(step.page, tour=str(number), **step.query)
    assert any(f"Tour, {number} of 5: {step.title}" in text.value for text in app.markdown)
    keys = {str(button.key) for button in app.button}
    assert ("tour-back" in keys, "tour-next" in keys, "tour-leave" in keys) == (number > 1, number < 5, True)


def test_leaving_takes_it_out_of_the_address(screen: Callable[..., AppTest]) -> None:
    app = screen("truncation", tour="2")
    app.button(key="tour-leave").click().run()
    assert not app.exception and "tour" not in app.query_params
    assert not any("Tour," in text.value for text in app.markdown)


@pytest.mark.parametrize("value", ["0", "6", "two"])
def test_an_unknown_step_is_explained(value: str, screen: Callable[..., AppTest]) -> None:
    app = screen("method", tour=value)
    assert any(f"tour = {value}" in caption.value for caption in app.caption)
    assert not any("Tour," in text.value for text in app.markdown)
