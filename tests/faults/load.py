"""Twenty sessions and a real browser for five minutes while a training runs, against one reader alone just before.

Each reader thinks for 5 to 10 seconds between two actions, as people do, and its Priors screen follows the training by itself
at the screen's own pace. The load comes from one niced process beside the server, on the same machine.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tdot_core.services.jobs.launcher import start, stop
from tdot_core.services.training.session import create_training
from tests.browser.browser_server import running_app
from tests.faults.load_client import Client
from tests.faults.result import Row

THINK = (5.0, 10.0)
CHOICES = ("t-100", "t-200", "t-500")
DRAW = {"prior": ["vanilla", "gaussian"], "n": 4, "n_steps": 5, "seed": 7}
FACTOR, GROWTH = 3.0, 0.10
KINDS = {"switch": "page switch", "choice": "cached choice", "poll": "progress poll"}
PLURALS = {"switch": "page switches", "choice": "cached choices", "poll": "progress polls", "draw": "draws"}


@dataclass
class Tally:
    """Collect seconds per kind of action, errors, and the server's memory over time (seconds, bytes)."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: list[str] = field(default_factory=list)
    waited: int = 0
    memory: list[tuple[float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class Size:
    """Say how long and how many."""

    clients: int
    alone: float
    together: float
    browser: bool


FULL, SHORT = Size(20, 75.0, 300.0, True), Size(2, 0.0, 10.0, False)


def run(folder: Path, *, short: bool, seed: int) -> list[Row]:
    """Load the app (2 sessions for 10 seconds, without a browser and without judging times, when short)."""
    size = SHORT if short else FULL
    os.environ |= {"TDOT_CACHE": str(folder / "cache")}
    os.environ.pop("TDOT_ASSETS", None)
    training = create_training(
        "ot", "digits", {"epochs": 5000, "batch": 128, "width": 16, "latent": 64}, device="cpu", label="Load"
    )
    start(training)
    try:
        with running_app(folder / "cache", folder / "server.log") as address:
            server = next(p for p in psutil.Process().children() if "streamlit" in " ".join(p.cmdline()))
            os.nice(5)
            alone, together, browser = asyncio.run(_load(address, server, size, random.Random(seed)))
        before = training.status()
    finally:
        last = stop(training)
    rows = _rows(alone, together, browser, size)
    problem = f"{before.state} at step {before.step}, then {last.state}"
    if before.state != "running" or last.state != "stopped" or last.step < 1:
        rows[0] = Row("load", rows[0].bar, f"{rows[0].found}; the training was {problem}", False)
    return rows


async def _load(
    address: str, server: psutil.Process, size: Size, chance: random.Random
) -> tuple[Tally, Tally, dict[str, object]]:
    alone, together = Tally(), Tally()
    first = Client(address)
    await _warm(first)
    await _reader(first, alone, time.monotonic() + size.alone, chance, draws=False)
    browser = None
    if size.browser:
        browser = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.load_browser", address, str(size.together)], stdout=subprocess.PIPE
        )
    end, begun = time.monotonic() + size.together, time.monotonic()
    watch = asyncio.create_task(_watch(server, together, begun))
    clients = [first, *(Client(address) for _ in range(size.clients - 1))]
    await asyncio.gather(*(_come_and_read(client, together, end, random.Random(chance.random())) for client in clients))
    watch.cancel()
    said: dict[str, object] = {}
    if browser is not None:
        out, _ = await asyncio.to_thread(browser.communicate)
        said = json.loads(out or b'{"trouble": "it ended without a word", "switches": []}')
    for client in clients:
        together.errors += client.errors
        together.waited += client.waited_in_line
        await client.close()
    return alone, together, said


async def _warm(client: Client) -> None:
    """Draw what the cached choices show, once."""
    await client.open()
    await client.visit("sample", t_star=100, **DRAW)
    for choice in CHOICES:
        await client.press(choice)
    await client.visit("priors")


async def _come_and_read(client: Client, tally: Tally, end: float, chance: random.Random) -> None:
    try:
        if not client.pages:
            await asyncio.sleep(chance.uniform(0, THINK[1]))
            await client.open()
            await client.visit("sample", t_star=100, **DRAW)
        await _reader(client, tally, end, chance, draws=True)
    except Exception as error:
        tally.errors.append(f"{type(error).__name__}: {str(error)[:200]}")


async def _reader(client: Client, tally: Tally, end: float, chance: random.Random, draws: bool) -> None:
    """Switch between the screens, choose among what is drawn, now and then ask for something new."""
    while time.monotonic() < end:
        await _think(client, tally, min(end, time.monotonic() + chance.uniform(*THINK)))
        kind = chance.random()
        if client.page == "sample" and draws and kind < 0.1:
            tally.seconds["draw"].append(await client.press("new-seed"))
            await client.visit("priors")  # and back to the seed that everybody has seen
            await client.visit("sample", t_star=100, **DRAW)
        elif client.page == "sample" and kind < 0.6:
            tally.seconds["choice"].append(await client.press(chance.choice(CHOICES)))
        else:
            other = "priors" if client.page == "sample" else "sample"
            tally.seconds["switch"].append(
                await client.visit(other, **({} if other == "priors" else {"t_star": 100, **DRAW}))
            )


async def _think(client: Client, tally: Tally, until: float) -> None:
    """Wait as a reader does, while the screen follows the training by itself."""
    while (now := time.monotonic()) < until:
        pause = min(client.fragments.values(), default=until - now)
        await asyncio.sleep(min(pause, until - now))
        if client.fragments and time.monotonic() < until:
            seconds = await client.poll()
            if seconds is not None:
                tally.seconds["poll"].append(seconds)


async def _watch(server: psutil.Process, tally: Tally, begun: float) -> None:
    while True:
        tally.memory.append((time.monotonic() - begun, float(server.memory_info().rss)))
        await asyncio.sleep(2)


def _rows(alone: Tally, together: Tally, browser: dict[str, object], size: Size) -> list[Row]:
    errors = alone.errors + together.errors + ([f"browser: {browser['trouble']}"] if browser.get("trouble") else [])
    actions = {kind: len(values) for kind, values in together.seconds.items()}
    said = ", ".join(f"{n} {PLURALS[kind]}" for kind, n in sorted(actions.items()))
    switches = browser.get("switches")
    if isinstance(switches, list) and switches:
        said += (
            f", {len(switches)} switches of the browser (median {statistics.median(switches):.2f} s with its drawing)"
        )
    who = f"{size.clients} sessions{' and a browser' if size.browser else ''}, {size.together:.0f} s, while a training runs"
    rows = [Row("load", f"{who}: 0 errors", "; ".join([f"{len(errors)} errors in {said}", *errors[:3]]), not errors)]
    draws = together.seconds["draw"]
    if draws:
        text = f"{len(draws)} drawn, longest {max(draws):.1f} s; a place in line was shown {together.waited} times"
        rows.append(
            Row(
                "load",
                "uncached sampling queues, shows its place and completes",
                text,
                size is SHORT or together.waited > 0,
            )
        )
    if size is SHORT:
        return rows
    for kind, name in KINDS.items():
        rows.append(_latency(name, alone.seconds[kind], together.seconds[kind]))
    return [*rows, _growth(together.memory)]


def _latency(name: str, alone: list[float], together: list[float]) -> Row:
    bar = f"{name}, p95 under {FACTOR:g} times the single reader's median"
    if len(alone) < 3 or len(together) < 20:
        return Row("load", bar, f"too few: {len(alone)} alone, {len(together)} together", False)
    median, p95 = statistics.median(alone), statistics.quantiles(together, n=20)[18]
    found = f"p95 {1000 * p95:.0f} ms, alone {1000 * median:.0f} ms: {p95 / median:.1f} times"
    return Row(
        "load", bar, f"{found} (median together {1000 * statistics.median(together):.0f} ms)", p95 < FACTOR * median
    )


def _growth(memory: list[tuple[float, float]]) -> Row:
    early = [value for at, value in memory if 60 <= at < 90]
    late = [value for at, value in memory if at > memory[-1][0] - 30]
    grown = statistics.mean(late) / statistics.mean(early) - 1
    found = f"{statistics.mean(early) / 2**20:.0f} MiB after a minute, {statistics.mean(late) / 2**20:.0f} MiB at the end: {grown:+.1%}"
    return Row("load", f"memory of the server grows under {GROWTH:.0%} after the first minute", found, grown < GROWTH)
