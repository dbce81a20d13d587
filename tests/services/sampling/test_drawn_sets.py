"""Generated images on disk: whole or not there, continued after a stop, never mixed up."""

from __future__ import annotations

import dataclasses
import fcntl
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.progress import finish
from tdot_core.services.sampling import drawn_sets as draws
from tdot_core.services.sampling.drawn_sets import IMAGE_BYTES, Draw
from tdot_core.services.sampling.generate import SampleChunk, SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior


@pytest.fixture
def draw(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Draw:
    """50 images, in four chunks, to draw into an empty cache."""
    prior, net = load_prior("ot"), load_net()
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path))
    return Draw(prior, net, SampleSettings(20, 2, seed=5, n=50), torch.device("cpu"))


def straight(draw: Draw) -> np.ndarray:
    return np.concatenate([chunk.images for chunk in generate([draw.prior], draw.net, draw.settings)])


def test_it_gives_what_the_sampling_service_gives_and_keeps_it(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    assert draw.cached() is None
    images, effort = finish(draw.make())
    np.testing.assert_array_equal(images, straight(draw))
    assert (effort.nfe, effort.nfe_prior) == (2, 1) and effort.seconds_prior > 0 and effort.seconds_chain > 0
    monkeypatch.setattr(draws, "generate", None)
    again, same = finish(draw.make())
    np.testing.assert_array_equal(again, images)
    assert same == effort


def test_a_moment_in_which_the_machine_was_busy_does_not_change_the_time_per_image(
    draw: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    def timed(*args: object, **settings: object) -> Iterator[SampleChunk]:
        for k, chunk in enumerate(generate(*args, **settings)):  # type: ignore[arg-type]
            yield dataclasses.replace(chunk, seconds_chain=1000.0 if k == 1 else 4.8, seconds_prior=1.6)

    monkeypatch.setattr(draws, "generate", timed)
    _, effort = finish(draw.make())
    assert (effort.seconds_chain, effort.seconds_prior) == pytest.approx((0.3, 0.1)), "4.8 s and 1.6 s for 16 images"


def test_a_stopped_draw_continues_after_its_last_whole_chunk(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    work = draw.make()
    assert [next(work).step for _ in range(2)] == [16, 32]
    work.close()
    assert draw.cached() is None
    seeds = counting(monkeypatch, draw)
    images, _ = finish(draw.make())
    assert seeds == [range(5 + 32, 5 + 50)]
    monkeypatch.undo()
    np.testing.assert_array_equal(images, straight(draw))


@pytest.mark.parametrize(
    "keep", [0, 10, 100, 128 + 20 * IMAGE_BYTES, 128 + 33 * IMAGE_BYTES, 128 + 50 * IMAGE_BYTES, 10**7]
)
def test_whatever_a_killed_process_left_the_images_are_right(draw: Draw, keep: int) -> None:
    images, _ = finish(draw.make())
    whole = np.array(images)
    path = draw._path(".npy")
    content = path.read_bytes()
    path.unlink()
    draw._path(".part").write_bytes(content[:keep].ljust(keep, b"\0") if keep > 200 else b"\7" * keep)
    again, _ = finish(draw.make())
    np.testing.assert_array_equal(again, whole)


@pytest.mark.parametrize("suffix", [".npy", ".json"])
def test_a_damaged_file_is_drawn_again(draw: Draw, suffix: str) -> None:
    images, _ = finish(draw.make())
    whole = np.array(images)
    path = draw._path(suffix)
    path.write_bytes(path.read_bytes()[:30])
    assert draw.cached() is None
    again, _ = finish(draw.make())
    np.testing.assert_array_equal(again, whole)


def counting(monkeypatch: pytest.MonkeyPatch, draw: Draw) -> list[range]:
    """Note the seeds that are really drawn."""
    seeds: list[range] = []

    def watched(priors: object, net: object, settings: SampleSettings, **options: object) -> object:
        seeds.append(settings.seeds)
        return generate([draw.prior], draw.net, settings)

    monkeypatch.setattr(draws, "generate", watched)
    return seeds


@pytest.mark.parametrize("n", [1, 16, 33, 49])
def test_a_smaller_set_is_there_with_a_larger_one(draw: Draw, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    whole, effort = finish(draw.make())
    seeds = counting(monkeypatch, draw)
    smaller = dataclasses.replace(draw, settings=dataclasses.replace(draw.settings, n=n))
    images, same = finish(smaller.make())
    np.testing.assert_array_equal(images, whole[:n])
    assert same == effort and not seeds and smaller.key != draw.key


@pytest.mark.parametrize("n", [51, 64, 100])
def test_a_larger_set_begins_with_a_smaller_one(draw: Draw, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    finish(draw.make())
    seeds = counting(monkeypatch, draw)
    larger = dataclasses.replace(draw, settings=dataclasses.replace(draw.settings, n=n))
    images, _ = finish(larger.make())
    assert seeds == [range(5 + 48, 5 + n)]
    monkeypatch.undo()
    np.testing.assert_array_equal(images, straight(larger))


def test_a_set_with_another_first_seed_shares_nothing(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(draw.make())
    seeds = counting(monkeypatch, draw)
    finish(dataclasses.replace(draw, settings=dataclasses.replace(draw.settings, seed=6, n=20)).make())
    assert seeds == [range(6, 26)]


def test_the_key_covers_all_that_the_images_depend_on(draw: Draw) -> None:
    settings = [
        draw.settings,
        *(
            dataclasses.replace(draw.settings, **{name: value})
            for name, value in (
                ("t_star", 21),
                ("n_steps", 3),
                ("sampler", "ddpm"),
                ("eta", 0.5),
                ("seed", 6),
                ("n", 51),
                ("clip_x0", False),
            )
        ),
    ]
    others = [dataclasses.replace(draw, settings=s) for s in settings]
    others += [
        dataclasses.replace(draw, prior=dataclasses.replace(draw.prior, fingerprint="other")),
        dataclasses.replace(draw, net=dataclasses.replace(draw.net, fingerprint="other")),
        dataclasses.replace(draw, device=torch.device("cuda")),
    ]
    assert len({other.key for other in others}) == len(others)
    assert dataclasses.replace(draw, prior=dataclasses.replace(draw.prior, id="a-name")).key == draw.key


def test_a_draw_waits_for_another_process_that_draws_the_same(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draws, "WAIT_SECONDS", 0.01)
    draw._path("").parent.mkdir(parents=True)
    with draw._path(".lock").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        work = draw.make()
        assert {next(work).phase for _ in range(3)} == {"waiting for the same images in another process"}
    assert {progress.phase for progress in work} == {"sampling"}
    assert draw.cached() is not None


def test_a_cache_that_cannot_be_written_is_a_sentence(draw: Draw, tmp_path: Path) -> None:
    (tmp_path / "samples").write_text("in the way")
    with pytest.raises(TdotError, match="TDOT_CACHE"):
        finish(draw.make())
