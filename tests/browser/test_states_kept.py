"""What is chosen on a screen stays: in the address, and after Back, Forward, a refresh, a second tab and the navigation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page

from browser_driving import click_screen, settle, visit
from browser_waits import expect

pytestmark = pytest.mark.browser

KEYS = {"slider": ("ArrowRight",), "spinbutton": ("ArrowUp", "Enter")}
"""What operates a control that a pointer would have to aim at."""
SMALL = "n=4&n_steps=2&t_star=100&prior=gaussian&prior=vanilla"


@dataclass(frozen=True)
class Kept:
    """One choice. screen: its title; path: where it is made; role, name: of what is clicked; words: in the address then."""

    screen: str
    path: str
    role: str
    name: str
    words: str

    def control(self, page: Page) -> Locator:
        """Return what is clicked."""
        exact = self.role != "slider"  # whose name Streamlit says twice
        return page.get_by_role(self.role, name=self.name, exact=exact).first  # type: ignore[arg-type]

    def expect_chosen(self, page: Page) -> None:
        """Wait until the address and the control say so, and the screen is complete."""
        expect(page).to_have_url(re.compile(re.escape(self.words)))
        control = self.control(page)
        if self.role == "tab":
            expect(control).to_have_attribute("aria-selected", "true")
        elif self.role in KEYS:
            expect(control).to_have_value(self.words.partition("=")[2])
        else:
            expect(control).to_be_checked()
        settle(page)

    def choose(self, page: Page) -> None:
        """Make the choice as a reader does."""
        control = self.control(page)
        expect(control).to_be_attached()
        if self.role in KEYS:
            control.focus()
            for key in KEYS[self.role]:
                page.keyboard.press(key)
        else:
            control.click()
        self.expect_chosen(page)


KEPT = {
    "overview": Kept("Overview", "", "radio", "50", "start=50"),
    "truncation-t": Kept("Truncation", "truncation", "slider", "Noising step t", "t=101"),
    "truncation-schedule": Kept("Truncation", "truncation", "radio", "cosine", "schedule=cosine"),
    "priors-view": Kept("Priors", "priors", "radio", "Compare", "view=compare"),
    "sample-columns": Kept("Sample", f"sample?{SMALL}", "radio", "Starts t*", "by=t"),
    "sample-view": Kept("Sample", f"sample?{SMALL}", "radio", "x0_hat", "view=x0_hat"),
    "evaluate": Kept("Evaluate", "evaluate", "spinbutton", "Independent sets", "sets=3"),
    "features-axes": Kept("Features", "features", "radio", "PC2 and PC3", "axes=PC2+and+PC3"),
    "features-colour": Kept("Features", "features", "radio", "Class", "colour=Class"),
    "benchmark-tab": Kept("Benchmark", "benchmark", "tab", "Heat map", "tab=Heat+map"),
    "method": Kept("Method", "method", "tab", "Metrics", "part=Metrics"),
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT)
def test_a_choice_stays(kept: Kept, page: Page, open_page: Callable[..., Page]) -> None:
    visit(page, kept.path)
    kept.choose(page)
    elsewhere = "Truncation" if kept.screen == "Method" else "Method"
    click_screen(page, elsewhere)
    page.go_back()
    kept.expect_chosen(page)
    page.go_forward()
    expect(page).to_have_title(re.compile(f"^{elsewhere}"))
    settle(page)
    click_screen(page, kept.screen)
    kept.expect_chosen(page)
    page.reload()
    kept.expect_chosen(page)
    other = open_page()
    other.goto(page.url)
    kept.expect_chosen(other)
