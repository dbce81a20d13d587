"""A light client of the app: Streamlit's WebSocket protocol without a browser, as a reader's browser speaks it."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SUCCESS, FRAGMENT = ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
PATIENCE = 180.0


class Client:
    """One session. Actions return the seconds until the script has finished and its last message is here."""

    def __init__(self, address: str) -> None:
        self.address = address.replace("http", "ws", 1) + "/_stcore/stream"
        self.pages: dict[str, str] = {}
        self.widgets: dict[str, str] = {}
        self.fragments: dict[str, float] = {}
        self.cached: set[str] = set()
        self.errors: list[str] = []
        self.waited_in_line = 0
        self.page, self.query = "", ""

    async def open(self) -> None:
        """Connect and let the start page run."""
        self.socket = await websockets.connect(
            self.address, subprotocols=["streamlit"], max_size=None, ping_timeout=None
        )  # type: ignore[list-item]
        self._reader = asyncio.create_task(self._read())
        self._finished: asyncio.Queue[int] = asyncio.Queue()
        await self._act(self._rerun(), SUCCESS)

    async def close(self) -> None:
        """Leave."""
        self._reader.cancel()
        await self.socket.close()

    async def visit(self, page: str, **query: Any) -> float:
        """Switch to a screen by its entry in the navigation (or by a link with parameters)."""
        self.page, self.query = page, urlencode(query, doseq=True)
        self.fragments.clear()
        return await self._act(self._rerun(), SUCCESS)

    async def press(self, key: str) -> float:
        """Press the button with a key."""
        message = self._rerun()
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = self.widgets[key], True
        return await self._act(message, SUCCESS)

    async def poll(self) -> float | None:
        """Run the fragment that the page lets run by itself; None when there is none."""
        if not self.fragments:
            return None
        message = self._rerun()
        message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = next(iter(self.fragments)), True
        return await self._act(message, FRAGMENT, SUCCESS)

    def _rerun(self) -> BackMsg:
        state = ClientState(query_string=self.query, page_script_hash=self.pages.get(self.page, ""))
        state.cached_message_hashes.extend(self.cached)
        return BackMsg(rerun_script=state)

    async def _act(self, message: BackMsg, *wanted: int) -> float:
        while not self._finished.empty():
            self._finished.get_nowait()
        begun = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while await asyncio.wait_for(self._finished.get(), PATIENCE) not in wanted:
            pass
        return time.perf_counter() - begun

    async def _read(self) -> None:
        try:
            async for data in self.socket:
                message = ForwardMsg()
                message.ParseFromString(data)  # type: ignore[arg-type]
                self._take(message)
        except websockets.ConnectionClosed as error:
            self.errors.append(f"the connection closed: {error}")

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if message.hash and message.metadata.cacheable:
            self.cached.add(message.hash)
        if kind == "script_finished":
            self._finished.put_nowait(message.script_finished)
        elif kind == "navigation":
            self.pages = {
                page.url_pathname or "overview": page.page_script_hash for page in message.navigation.app_pages
            }
        elif kind == "auto_rerun":
            self.fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            self.fragments.pop(message.stop_auto_rerun.fragment_id, None)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "page_not_found":
            self.errors.append(f"page not found: {self.page}")
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._element(message.delta.new_element)

    def _element(self, element: Any) -> None:
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.errors.append(f"{self.page}: {element.exception.type}: {element.exception.message[:200]}")
        elif kind == "button":
            self.widgets[
                element.button.id.rpartition("-user_key-")[2]
                if "-user_key-" in element.button.id
                else element.button.id.split("-", 2)[-1]
            ] = element.button.id
        elif kind == "html" and "place " in element.html.body:
            self.waited_in_line += 1
