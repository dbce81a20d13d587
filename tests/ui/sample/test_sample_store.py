"""Keeping drawn images, and drawing beside the page."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from tdot_core.errors import TdotError
from tdot_core.services.sampling.generate import Order, SampleChunk, SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior
from ui.sample.drawing import Waiting, stream
from ui.sample.store import SampleStore, made_of


def chunk(n: int, first: int = 0) -> SampleChunk:
    images = np.full((n, 32, 32, 3), first, dtype=np.uint8)
    return SampleChunk(
        "x", tuple(range(first, first + n)), images, images, np.stack([images, images]), (10, 0), 1, 0, 0.5 * n, 1.5 * n
    )


def test_chunks_come_back_together() -> None:
    drawn = SampleStore().put("a", [chunk(16), chunk(4, 16)])
    assert drawn.n == 20 and drawn.at(-1).shape == (20, 32, 32, 3) and drawn.at(0)[-1].max() == 16
    assert drawn.seconds == pytest.approx((0.5, 1.5))


def test_the_least_used_goes_first() -> None:
    size = SampleStore().put("x", [chunk(4)]).n_bytes
    store = SampleStore(max_bytes=2 * size)
    for name in ("a", "b"):
        store.put(name, [chunk(4)])
    store.get("a")
    store.put("c", [chunk(4)])
    assert store.get("a") and store.get("c") and store.get("b") is None


def test_a_request_leads_to_its_content() -> None:
    store = SampleStore()
    assert store.recall("asked") is None
    store.remember("asked", "made")
    assert store.recall("asked") is None
    store.put("made", [chunk(1)])
    assert store.recall("asked") is store.get("made")


def test_made_of_follows_content_and_settings(tiny: Path) -> None:
    net, gan, vae = load_net(), load_prior("gan"), load_prior("vae")
    one = SampleSettings(50, 5)
    names = {
        made_of(gan, net, one, 5),
        made_of(vae, net, one, 5),
        made_of(gan, net, SampleSettings(51, 5), 5),
        made_of(gan, net, one, 0),
    }
    assert len(names) == 4 and made_of(load_prior("gan"), load_net(), SampleSettings(50, 5), 5) in names


def test_the_stream_gives_what_generate_gives(tiny: Path) -> None:
    net, gan = load_net(), load_prior("gan")
    settings = SampleSettings(40, 3, n=20)
    streamed = [c for c in stream([Order(gan, net, settings)], frames=0, device="cpu") if c is not None]
    assert [
        np.array_equal(a.images, b.images) for a, b in zip(streamed, generate([gan], net, settings), strict=True)
    ] == [True, True]


def test_the_stream_raises_what_generate_raises(tiny: Path) -> None:
    with pytest.raises(TdotError, match="trained at t = 10"):
        list(stream([Order(load_prior("gan"), load_net(), SampleSettings(5, 2))], frames=0, device="cpu"))


def test_closing_the_stream_ends_the_drawing_within_a_step(tiny: Path) -> None:
    """1000 steps of 64 images would take minutes; the thread must be gone long before."""
    results = stream(
        [Order(load_prior("vanilla"), load_net(), SampleSettings(1000, 1000, n=64))], frames=0, device="cpu"
    )
    assert next(item for item in results if not isinstance(item, Waiting)) is None
    worker = next(t for t in threading.enumerate() if t.name == "draw")
    results.close()  # type: ignore[attr-defined]
    worker.join(600)
    assert not worker.is_alive()


def test_requests_are_drawn_one_after_another(tiny: Path) -> None:
    """A second request waits and says so; one that is given up before its turn leaves the line."""
    net, vanilla = load_net(), load_prior("vanilla")
    first = stream([Order(vanilla, net, SampleSettings(1000, 1000, n=64))], frames=0, device="cpu")
    assert next(item for item in first if not isinstance(item, Waiting)) is None
    second = stream([Order(vanilla, net, SampleSettings(5, 2, n=4))], frames=0, device="cpu")
    third = stream([Order(vanilla, net, SampleSettings(5, 2, n=4, seed=9))], frames=0, device="cpu")
    assert [item.ahead for item in (next(second), next(third), next(second)) if isinstance(item, Waiting)] == [1, 2, 1]
    second.close()
    still = next(third)
    assert isinstance(still, Waiting) and still.ahead == 1
    first.close()
    drawn = [item for item in third if not isinstance(item, Waiting) and item is not None]
    assert [chunk.seeds for chunk in drawn] == [(9, 10, 11, 12)]
