"""What must hold on every view of every screen: labels on controls, nothing that scrolls sideways, axe-core's grave rules."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

GRAVE = ("critical", "serious")

# Name as the accessibility tree computes it, near enough: text, aria-label, aria-labelledby, a label, alternative text, title.
UNLABELLED = """() => {
  const seen = e => e.checkVisibility({opacityProperty: false, visibilityProperty: true}) && !e.closest("[aria-hidden=true], [inert]");
  const words = e => (e?.innerText || e?.textContent || "").trim();
  const named = e => words(e) || e.getAttribute("aria-label") || (e.getAttribute("aria-labelledby") || "").split(" ").some(
    id => words(document.getElementById(id)) || document.getElementById(id)?.getAttribute("aria-label")) ||
    [...(e.labels || [])].some(words) || e.title || e.alt || e.querySelector("img[alt], [aria-label], title");
  const controls = "button, input:not([type=hidden]), select, textarea, a[href], [role=button], [role=slider], [role=tab], [role=radio], img";
  const found = [];
  const look = root => root.querySelectorAll("*").forEach(e => {
    if (e.shadowRoot) look(e.shadowRoot);
    if (!e.matches(controls) || !seen(e)) return;
    const decoration = e.matches("img[alt=''], img[role=presentation]");
    if (!decoration && !named(e)) found.push(e.outerHTML.slice(0, 200));
  });
  look(document);
  return found;
}"""

# Plotly draws its words where they belong; a region that scrolls by itself (a table) is no overflow of the page.
TOO_WIDE = """() => {
  const main = document.querySelector("[data-testid='stMain']");
  if (main.scrollWidth - main.clientWidth > 1) return [`the screen is ${main.scrollWidth} wide in ${main.clientWidth}`];
  const edge = main.getBoundingClientRect().right + 1;
  const inScroller = e => { for (let p = e.parentElement; p && p !== main; p = p.parentElement)
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(p).overflowX)) return true; return false; };
  return [...main.querySelectorAll("*")].filter(e => e.checkVisibility() && e.getBoundingClientRect().height && e.getBoundingClientRect().right > edge && !inScroller(e))
    .map(e => e.outerHTML.slice(0, 160)).slice(0, 3);
}"""

DARK = """() => { const [r, g, b] = getComputedStyle(document.querySelector("[data-testid='stApp']")).backgroundColor.match(/\\d+/g).map(Number);
  return r + g + b < 384; }"""


def unlabelled(page: Page) -> list[str]:
    """Return the controls and pictures on screen that a screen reader could not name, as HTML."""
    return list(page.evaluate(UNLABELLED))


def too_wide(page: Page) -> list[str]:
    """Return what reaches over the right edge of the window, as HTML or in words."""
    return list(page.evaluate(TOO_WIDE))


def is_dark(page: Page) -> bool:
    """Return whether the app shows its dark theme."""
    return bool(page.evaluate(DARK))


def broken_rules(page: Page, script: str) -> list[str]:
    """Return axe-core's serious and critical violations on the page, each with its first places. script: axe-core's own text."""
    page.evaluate(script)
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        f"{rule['impact']} {rule['id']} ({len(rule['nodes'])}): "
        + " | ".join(
            f"{node['target']} {node['html'][:240]} {node['failureSummary'][:300]}" for node in rule["nodes"][:3]
        )
        for rule in found
        if rule["impact"] in GRAVE
    ]
