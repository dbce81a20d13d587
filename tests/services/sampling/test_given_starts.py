"""Another prior's own x_t, read from a file and drawn as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal
from tdot_core.services.sampling.generate import draw_start
from tdot_core.services.sampling.loading import load_prior

X_T = np.random.default_rng(3).standard_normal((20, 3, 32, 32)).astype(np.float32)
LINEAR, COSINE = NoiseSchedule("linear"), NoiseSchedule("cosine")


def _file(tmp_path: Path, **arrays: object) -> str:
    np.savez(tmp_path / "x.npz", **({"x_t": X_T, "t": 40} | arrays))  # type: ignore[arg-type]
    return f"imported:{tmp_path / 'x.npz'}"


def test_every_number_is_drawn_once_and_as_it_is(tmp_path: Path, cache: Path) -> None:
    loaded = load_prior(_file(tmp_path))
    drawn = draw_start(loaded, range(20), 40, LINEAR)
    assert loaded.t_train == 40 and drawn.dtype == torch.float32
    assert {x.numpy().tobytes() for x in drawn} == {x.tobytes() for x in X_T}
    assert torch.equal(draw_start(loaded, [7], 40, LINEAR)[0], drawn[7])


def test_above_its_t_it_is_lifted_from_there(tmp_path: Path, cache: Path) -> None:
    loaded, seeds = load_prior(_file(tmp_path)), range(20)
    x_s = draw_start(loaded, seeds, 40, LINEAR)
    ratio = LINEAR.alpha_bar[90] / LINEAR.alpha_bar[40]
    eps = normal(seeds, "lift", (3, 32, 32))
    expected = np.sqrt(ratio) * x_s.double().numpy() + np.sqrt(1 - ratio) * eps.double().numpy()
    np.testing.assert_allclose(draw_start(loaded, seeds, 90, LINEAR).numpy(), expected, atol=1e-5)


def test_the_hash_follows_content_and_step(tmp_path: Path, cache: Path) -> None:
    prints = [load_prior(_file(tmp_path, **more)).fingerprint for more in ({}, {"t": 41}, {"x_t": X_T + 1}, {})]
    assert prints[0] == prints[3] and len(set(prints)) == 3


def test_a_denoiser_of_another_schedule_is_refused(tmp_path: Path, cache: Path) -> None:
    for more, fits, other in (({}, LINEAR, COSINE), ({"schedule": "cosine"}, COSINE, LINEAR)):
        prior = load_prior(_file(tmp_path, **more)).prior
        prior.use_schedule(fits)
        with pytest.raises(TdotError, match="their noise levels differ"):
            prior.use_schedule(other)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x_t": X_T.astype(np.float64)}, "float32"),
        ({"x_t": X_T.transpose(0, 2, 3, 1)}, r"\(n, 3, 32, 32\)"),
        ({"x_t": np.where(X_T > 3, np.nan, X_T)}, "NaN"),
        ({"t": 40.5}, "one whole number"),
        ({"t": [1, 2]}, "one whole number"),
        ({"t": -1}, "from 0 to 1,000"),
        ({"t": 1001}, "from 0 to 1,000"),
        ({"schedule": "karras"}, "known: linear"),
        ({"t": np.array(None, dtype=object)}, "pickled"),
        ({"x_t": X_T[:0]}, "float32"),
    ],
)
def test_what_is_no_x_t_is_one_sentence(arrays: dict[str, object], message: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(TdotError, match=message) as refused:
        load_prior(_file(tmp_path, **arrays))
    assert "\n" not in str(refused.value)


def test_other_files_say_what_is_expected(tmp_path: Path, cache: Path) -> None:
    np.savez(tmp_path / "images.npz", images=X_T)
    (tmp_path / "x.txt").write_text("x")
    for name, message in (("images.npz", "holds images, not x_t and t"), ("x.txt", "no .npz file")):
        with pytest.raises(TdotError, match=message):
            load_prior(f"imported:{tmp_path / name}")


def test_it_samples_on_the_command_line(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = _file(tmp_path)
    command = [
        "sample",
        "--prior",
        name,
        "--t-star",
        "40",
        "--n",
        "4",
        "--steps",
        "2",
        "--out",
        str(tmp_path / "out.npz"),
    ]
    assert main(command) == 0, capsys.readouterr().err
    assert (tmp_path / "out.npz").exists()
    assert main(["20" if word == "40" else word for word in command]) == 2
    assert "trained at t = 40" in capsys.readouterr().err
