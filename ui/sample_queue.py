"""The line of those who wait for their images: one drawing at a time on a server, first come, first served."""

from __future__ import annotations

from threading import Lock

import streamlit as st


class Line:
    """Keep tickets in their order. Safe for several threads."""

    def __init__(self) -> None:
        self._lock, self._tickets = Lock(), list[object]()

    def enter(self) -> object:
        """Join the line and return a ticket."""
        ticket = object()
        with self._lock:
            self._tickets.append(ticket)
        return ticket

    def place(self, ticket: object) -> int:
        """Return how many are ahead: 0 when it is this ticket's turn, or when it left."""
        with self._lock:
            return self._tickets.index(ticket) if ticket in self._tickets else 0

    def leave(self, ticket: object) -> None:
        """Leave the line; may be called twice."""
        with self._lock:
            if ticket in self._tickets:
                self._tickets.remove(ticket)


@st.cache_resource(max_entries=1, show_spinner=False)
def drawing_line() -> Line:
    """Return the one line of this server."""
    return Line()
