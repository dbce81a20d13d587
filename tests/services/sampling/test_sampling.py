"""The sampling service: images by seed, lifts, common noise, NFE, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.maths.chain import walk
from tdot_core.maths.forward import lift
from tdot_core.maths.grid import time_grid
from tdot_core.maths.quantise import to_uint8
from tdot_core.maths.streams import normal
from tdot_core.priors.base import IMAGE_SHAPE
from tdot_core.services.sampling.generate import Order, SampleSettings, draw_start, generate, generate_orders
from tdot_core.services.sampling.loading import LoadedNet, load_net, load_prior

KEYS = ("vanilla", "gaussian", "vae", "gan", "ot", "oracle:digits")


def draw(names: tuple[str, ...], settings: SampleSettings, **options: object) -> dict[str, np.ndarray]:
    net = load_net("denoiser")
    images: dict[str, list[np.ndarray]] = {}
    for chunk in generate([load_prior(n) for n in names], net, settings, **options):  # type: ignore[arg-type]
        images.setdefault(chunk.prior, []).append(chunk.images)
    return {name: np.concatenate(parts) for name, parts in images.items()}


def test_every_prior_gives_an_image_per_seed_in_the_order_asked(tiny: Path) -> None:
    images = draw(KEYS, SampleSettings(t_star=20, n_steps=2, n=18))
    assert list(images) == list(KEYS)
    assert all(a.shape == (18, 32, 32, 3) and a.dtype == np.uint8 for a in images.values())


@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "dpmpp-2m"])
def test_an_image_depends_on_its_seed_alone(tiny: Path, sampler: str) -> None:
    many = draw(KEYS, SampleSettings(30, 3, sampler, seed=40, n=21))
    few = draw(KEYS, SampleSettings(30, 3, sampler, seed=45, n=3), batch_size=1)
    for name in KEYS:
        assert np.array_equal(many[name][5:8], few[name])


def test_workers_and_torch_threads_change_nothing(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = SampleSettings(30, 3, n=33)
    monkeypatch.setenv("TDOT_THREADS", "1")
    one = draw(("ot",), settings)["ot"]
    monkeypatch.setenv("TDOT_THREADS", "4")
    before = torch.get_num_threads()
    assert np.array_equal(one, draw(("ot",), settings, batch_size=64)["ot"])
    assert torch.get_num_threads() == before


def test_the_service_equals_its_parts(tiny: Path) -> None:
    """Prior, lift and chain put together by hand, one image at a time."""
    net, prior = load_net("denoiser"), load_prior("gan")
    settings = SampleSettings(t_star=200, n_steps=4, sampler="ddpm", seed=9, n=2)
    got = next(iter(generate([prior], net, settings)))
    for i, seed in enumerate(settings.seeds):
        x = lift(prior.prior.sample([seed], 10), normal([seed], "lift", IMAGE_SHAPE), 10, 200, net.schedule)
        assert np.array_equal(to_uint8(x)[0].numpy(), got.start[i])
        noise = np.random.Generator(np.random.Philox(key=np.array([seed, 3], dtype=np.uint64)))
        eps = torch.from_numpy(noise.standard_normal((4, 1, *IMAGE_SHAPE), dtype=np.float32))
        with torch.inference_mode():
            *_, last = walk(
                net.net, x, time_grid(200, 4), net.schedule, sampler="ddpm", noise=lambda k, eps=eps: eps[k]
            )
        difference = to_uint8(last.x)[0].numpy().astype(int) - got.images[i].astype(int)
        assert np.abs(difference).max() <= 1


def test_all_priors_share_the_chain_and_lift_noise(tiny: Path) -> None:
    """Two lifted priors differ by sqrt(ab_t / ab_s) times their own difference: the lift's noise cancels."""
    net = load_net("denoiser")
    a, b = load_prior("gan"), load_prior("ot")
    seeds = [3, 4]
    lifted = draw_start(a, seeds, 500, net.schedule) - draw_start(b, seeds, 500, net.schedule)
    own = a.prior.sample(seeds, 10) - b.prior.sample(seeds, 10)
    ratio = float((net.schedule.alpha_bar[500] / net.schedule.alpha_bar[10]) ** 0.5)
    assert torch.allclose(lifted, ratio * own, atol=1e-6)


def test_moving_t_star_changes_every_prior_through_the_lift(tiny: Path) -> None:
    low, high = (draw(KEYS, SampleSettings(t, 2, n=4)) for t in (10, 300))
    assert all(not np.array_equal(low[k], high[k]) for k in KEYS)


def test_counts_what_it_does(tiny: Path) -> None:
    net = load_net("denoiser")
    for steps in (1, 5):
        for name, nfe_prior in (("ot", 1), ("vanilla", 0)):
            chunk = next(iter(generate([load_prior(name)], net, SampleSettings(50, steps, n=3))))
            assert (chunk.nfe, chunk.nfe_prior) == (steps, nfe_prior)
            assert chunk.seconds_chain > 0 and chunk.seconds_prior > 0


def test_frames_run_from_the_start_to_the_image(tiny: Path) -> None:
    chunk = next(iter(generate([load_prior("ot")], load_net("denoiser"), SampleSettings(100, 10, n=2), frames=5)))
    assert chunk.frames is not None and chunk.frame_ts[0] == 100 and chunk.frame_ts[-1] == 0
    assert len(chunk.frames) == len(chunk.frame_ts) == 6 and list(chunk.frame_ts) == sorted(
        chunk.frame_ts, reverse=True
    )
    assert np.array_equal(chunk.frames[0], chunk.start) and np.array_equal(chunk.frames[-1], chunk.images)


def test_x0_hats_are_what_the_network_implies_at_every_frame_but_the_last(tiny: Path) -> None:
    """Against DDIM written out: x0_hat = clamp((x_t - sqrt(1 - ab) eps_hat) / sqrt(ab))."""
    net, prior, settings = load_net("denoiser"), load_prior("ot"), SampleSettings(90, 6, n=2)
    chunk = next(iter(generate([prior], net, settings, frames=3)))
    seeds, ab = [0, 1, *[1] * 14], net.schedule.alpha_bar
    x, expected = draw_start(prior, seeds, 90, net.schedule).double(), []
    for t in range(90, 0, -15):
        with torch.inference_mode():
            eps = net.net(x.float(), torch.full((16,), t)).double()
        x0 = ((x - (1 - ab[t]) ** 0.5 * eps) / ab[t] ** 0.5).clamp(-1, 1)
        x = ab[t - 15] ** 0.5 * x0 + (1 - ab[t - 15]) ** 0.5 * (x - ab[t] ** 0.5 * x0) / (1 - ab[t]) ** 0.5
        expected.append(to_uint8(x0.float())[:2].numpy())
    assert chunk.frame_ts == (90, 60, 30, 0) and chunk.x0_hats is not None
    # Steps in float32 and in float64 may round a few pixels apart by one.
    assert np.abs(chunk.x0_hats.astype(int) - np.stack(expected[::2]).astype(int)).max() <= 1


def test_orders_of_one_queue_are_drawn_as_each_alone(tiny: Path) -> None:
    net, ot, gan = load_net("denoiser"), load_prior("ot"), load_prior("gan")
    orders = [Order(ot, net, SampleSettings(10, 2, n=18)), Order(gan, net, SampleSettings(60, 3, "dpmpp-2m", n=3))]
    together = list(generate_orders(orders))
    alone = [chunk for order in orders for chunk in generate([order.prior], order.net, order.settings)]
    assert [(c.prior, c.seeds) for c in together] == [(c.prior, c.seeds) for c in alone]
    assert all(np.array_equal(a.images, b.images) for a, b in zip(together, alone, strict=True))


def test_the_first_column_comes_before_the_last_is_drawn(tiny: Path) -> None:
    calls: list[str] = []
    priors = [load_prior(name) for name in ("vanilla", "gaussian", "vae", "gan", "ot")]
    for loaded in priors:
        real = loaded.prior.sample
        loaded.prior.sample = lambda seeds, t, r=real, k=loaded.id: (calls.append(k), r(seeds, t))[1]  # type: ignore[method-assign]
    stream = iter(generate(priors, load_net("denoiser"), SampleSettings(20, 2, n=2), batch_size=1))
    assert next(stream).prior == "vanilla" and "ot" not in calls
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (SampleSettings(0, 1), "t_star must be"),
        (SampleSettings(1001, 10), "t_star must be"),
        (SampleSettings(10, 11), "n_steps"),
        (SampleSettings(10, 0), "n_steps"),
        (SampleSettings(10, 5, "euler"), "sampler"),
        (SampleSettings(10, 5, eta=2.0), "eta"),
        (SampleSettings(10, 5, "dpmpp-2m", eta=0.5), "ddim sampler"),
        (SampleSettings(10, 5, n=0), "at least 1"),
        (SampleSettings(10, 5, seed=-1), "seed"),
        (SampleSettings(9, 5), "trained at t = 10"),
    ],
)
def test_refuses_before_the_first_chunk(tiny: Path, settings: SampleSettings, message: str) -> None:
    with pytest.raises(TdotError, match=message):
        generate([load_prior("ot")], load_net("denoiser"), settings)


def test_a_prior_of_another_schedule_is_refused(tiny: Path) -> None:
    from tdot_core.maths.schedule import NoiseSchedule

    net = load_net("denoiser")
    other = LoadedNet(net.id, lambda: net.net, NoiseSchedule("cosine"), net.fingerprint)
    with pytest.raises(TdotError, match="schedule"):
        generate([load_prior("ot")], other, SampleSettings(20, 2))
    shared = load_prior("gaussian")
    assert next(iter(generate([shared], other, SampleSettings(20, 2, n=1)))).nfe == 2
    assert shared.prior.schedule == net.schedule  # another session may be drawing from it under its own schedule
