"""Finding the screens: a new file in pages/ is a new screen, with no other edit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page
from streamlit.runtime.pages_manager import PagesManager

from tdot_core.services.storage.paths import project_root

PICTURES = project_root() / "ui" / "pictures"
ICON, LOGO = str(PICTURES / "icon.png"), str(PICTURES / "logo.svg")
HEADER = re.compile(r"# (title|icon|order|help): *(.+?) *")


@dataclass(frozen=True)
class PageFile:
    """One screen: its file, and what the comment lines at its top say (`# title:`, `# icon:`, `# order:`, `# help:`)."""

    path: Path
    title: str
    icon: str
    order: float
    help: str = ""

    @property
    def name(self) -> str:
        """Return the file's name without its ending, which is also the address."""
        return self.path.stem

    @property
    def link(self) -> str:
        """Return what st.switch_page and st.page_link take."""
        return f"pages/{self.path.name}"


def find_pages() -> list[PageFile]:
    """Return the screens in pages/ by their order; the first is the start page."""
    files = [_read(path) for path in (project_root() / "pages").glob("*.py") if not path.name.startswith("_")]
    return sorted(files, key=lambda page: (page.order, page.name))


def _read(path: Path) -> PageFile:
    """Read the leading comment lines of a page; a page that says nothing comes last under its own name."""
    said: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        if match := HEADER.fullmatch(line):
            said[match[1]] = match[2]
    try:
        order = float(said.get("order", "100"))
    except ValueError:
        order = 100.0
    title = said.get("title", path.stem.replace("_", " ").capitalize())
    return PageFile(path, title, said.get("icon", ""), order, said.get("help", ""))


def pages() -> list[Page]:
    """Return the screens as Streamlit takes them."""
    found = find_pages()
    return [
        st.Page(
            page.link,
            title=page.title,
            icon=page.icon or None,
            url_path=page.name,
            default=k == 0,
            help=page.help or None,
        )
        for k, page in enumerate(found)
    ]


def ensure_app() -> None:
    """Start over through app.py when Streamlit runs a page file by itself.

    On a server's first request Streamlit finds the pages/ folder and, when the address is not the start page's, runs that
    file without app.py: no page icon, file names as titles. From the next run on st.navigation rules.
    """
    if PagesManager.uses_pages_directory:
        PagesManager.uses_pages_directory = False
        st.rerun()
