"""Evaluating real images end to end, against numbers computed from the same images by other means."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.spatial.distance import cdist
from torch_fidelity.metric_kid import kid_features_to_metric

from tdot_core.errors import TdotError
from tdot_core.metrics import metrics
from tdot_core.models.cifar_cnn import CifarCnn
from tdot_core.progress import Progress, finish
from tdot_core.services.datasets import load_dataset
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.references import reference
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.sampling.generate import SampleChunk, SampleSettings, generate
from tdot_core.services.sampling.loading import best_run, load_net, load_prior

Array = NDArray[np.float64]
CHANGING = ("created", "seconds_prior", "seconds_chain")


def spec(*priors: str, **changes: Any) -> EvaluationSpec:
    fields: dict[str, Any] = {"n_steps": 2, "n": 48, "dataset": "digits", "device": "cpu", "include_floor": False}
    return EvaluationSpec(priors, **(fields | changes))


def settled(row: EvaluationRow) -> dict[str, Any]:
    """A row as JSON without what differs between two runs of the same."""
    return {k: v for k, v in row.to_json().items() if k not in CHANGING}


def features(images: NDArray[np.uint8]) -> Array:
    """The penultimate layer of the trained classifier, all images in one forward."""
    run = best_run("cifar-cnn")
    assert run is not None
    net = CifarCnn(int(run.config["width"]), int(run.config["classes"]))
    net.load_state_dict(load_file(run.weights_path))
    x = torch.from_numpy(np.array(images)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.inference_mode():
        return net.eval().features(x).double().numpy()


def drawn(prior: str, seeds: range, settings: SampleSettings) -> NDArray[np.uint8]:
    assert settings.seeds == seeds
    chunks = generate([load_prior(prior, dataset="digits")], load_net(), settings)
    return np.concatenate([chunk.images for chunk in chunks])


def measured_by_hand(whole: Array, real: Array, fake: Array) -> dict[str, float]:
    """Every metric from its definition, in float64, without this project's code."""
    covariances = np.cov(whole, rowvar=False), np.cov(fake, rowvar=False)
    root_trace = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real.clip(0)).sum()
    difference = whole.mean(0) - fake.mean(0)
    across, within_real, within_fake = cdist(real, fake), cdist(real, real), cdist(fake, fake)
    # Row i of a sorted distance matrix starts with the point itself, so column k is the k-th neighbour without it.
    real_3, fake_3, real_5 = np.sort(within_real)[:, 3], np.sort(within_fake)[:, 3], np.sort(within_real)[:, 5]
    kid = kid_features_to_metric(
        torch.from_numpy(fake),
        torch.from_numpy(real),
        kid_subsets=100,
        kid_subset_size=min(1000, len(real), len(fake)),
        kid_kernel="poly",
        kid_kernel_poly_degree=3,
        kid_kernel_poly_gamma=None,
        kid_kernel_poly_coef0=1,
        rng_seed=2020,
        verbose=False,
    )
    return {
        "fd": float(difference @ difference + np.trace(covariances[0] + covariances[1]) - 2 * root_trace),
        "recall_dist": float(across.min(1).mean()),
        "precision_dist": float(across.min(0).mean()),
        "kid": float(kid["kernel_inception_distance_mean"]),
        "precision": float((across <= real_3[:, None]).any(0).mean()),
        "recall": float((across <= fake_3[None]).any(1).mean()),
        "density": float((across < real_5[:, None]).sum() / (5 * len(fake))),
        "coverage": float((across.min(1) < real_5).mean()),
    }


@pytest.fixture
def real(measuring: Path) -> tuple[Array, Array]:
    """Features of all real images, and of the reference's sample in its order."""
    images = load_dataset("digits").images("train")
    rows = finish(reference("digits", open_extractor("cifar-cnn"), "penultimate")).rows
    return features(images), features(images[rows])


def test_values_and_spread_equal_a_computation_by_hand(real: tuple[Array, Array]) -> None:
    rows = finish(evaluate(spec("ot", "vanilla", t_stars=(40,), samplers=("ddpm",), sets=3, seed=100)))
    assert [(row.prior, row.t_star, row.sampler) for row in rows] == [("ot", 40, "ddpm"), ("vanilla", 40, "ddpm")]
    for row in rows:
        sets = []
        for first in (100, 148, 196):
            settings = SampleSettings(40, 2, "ddpm", seed=first, n=48)
            fake = features(drawn(row.prior, range(first, first + 48), settings))
            sets.append(measured_by_hand(*real, fake))
        assert list(row.metrics) == list(metrics.all())
        for key in sets[0]:
            value, numbers = row.metrics[key], [one[key] for one in sets]
            assert value.value == pytest.approx(statistics.fmean(numbers), rel=2e-4, abs=2e-5), key
            error = statistics.stdev(numbers) / math.sqrt(3)
            assert value.spread == pytest.approx(error, rel=5e-2, abs=5e-5), key
            assert (value.n, value.sets, value.n_real) == (48, 3, 1442)


def test_one_set_has_no_spread_and_says_all_it_depends_on(measuring: Path) -> None:
    (row,) = finish(evaluate(spec("ot", n_steps=5, metrics=("fd", "coverage"), eta=0.5)))
    ot, net = best_run("ot"), best_run("denoiser")
    assert ot is not None and net is not None
    assert [(k, v.spread) for k, v in row.metrics.items()] == [("fd", None), ("coverage", None)]
    expected = {
        "prior": "ot", "run": ot.id, "key": "ot", "net": "denoiser", "t_star": 10, "t_train": 10, "sampler": "ddim", "eta": 0.5,
        "n_steps": 5, "nfe": 5, "nfe_prior": 1, "n": 48, "sets": 1, "seed": 0, "n_real": 1442, "dataset": "digits",
        "extractor": "cifar-cnn", "layer": "penultimate", "clip_x0": True, "device": "cpu", "note": "",
    }  # fmt: skip
    assert {name: getattr(row, name) for name in expected} == expected
    assert row.seconds_prior and row.seconds_chain and row.title("fd") == "FD-cnn"
    assert row.to_json()["metrics"]["fd"]["name"] == "FD-cnn"


def test_the_floor_is_real_test_images(real: tuple[Array, Array]) -> None:
    floor, row = finish(evaluate(spec("vanilla", n=100, sets=3, include_floor=True, metrics=("fd", "recall"))))
    assert (floor.prior, floor.key, floor.t_star, floor.n, floor.sets, floor.note) == ("real", "real", None, 100, 3, "")
    images = load_dataset("digits").images("test")
    oracle = load_prior("oracle", dataset="digits").prior
    taken = [[int(i) for i in oracle.items(range(k, k + 100))] for k in (0, 100, 200)]  # type: ignore[attr-defined]
    assert len({i for one in taken for i in one}) == 300
    numbers = [measured_by_hand(*real, features(images[np.array(one)])) for one in taken]
    for key in ("fd", "recall"):
        assert floor.metrics[key].value == pytest.approx(statistics.fmean(n[key] for n in numbers), rel=2e-4), key
    assert floor.metrics["fd"].value < row.metrics["fd"].value / 10  # type: ignore[operator]


def test_a_floor_of_fewer_images_says_so(measuring: Path) -> None:
    floor, _ = finish(evaluate(spec("vanilla", n=400, sets=2, n_steps=1, include_floor=True, metrics=("fd",))))
    assert (floor.n, floor.sets, floor.metrics["fd"].n) == (355, 1, 355)
    assert floor.note == "There are only 355 test images: 1 x 355 instead of 2 x 400."


def test_what_cannot_serve_is_a_row_without_numbers(measuring: Path) -> None:
    first, second = finish(evaluate(spec("ot", "gaussian", t_stars=(9,), metrics=("fd",))))
    assert first.metrics["fd"].value is None and not first.measured and second.measured
    assert first.note == first.metrics["fd"].note and "was trained at t = 10" in first.note
    assert (first.nfe, first.seconds_chain, first.fingerprint) == (None, None, "")


def test_a_set_that_repeats_images_says_so(measuring: Path) -> None:
    row, _ = finish(evaluate(spec("oracle", "vanilla", n=200, sets=2, n_steps=1, metrics=("fd",))))
    assert row.note == "Oracle has only 355 distinct images, so some repeat among the 400 drawn."


def test_progress_never_falls_and_each_row_comes_before_the_next_is_drawn(measuring: Path) -> None:
    asked = spec("vanilla", "ot", "gan", t_stars=(9, 300), n=32, sets=2, seed=7, include_floor=True)
    log: list[Progress | EvaluationRow] = []
    rows = finish(evaluate(asked, on_row=log.append), log.append)
    steps = [item for item in log if isinstance(item, Progress)]
    assert all(a.step <= b.step for a, b in zip(steps, steps[1:], strict=False))
    assert (steps[-1].step, len({p.total for p in steps})) == (steps[-1].total, 1)
    assert [item for item in log if isinstance(item, EvaluationRow)] == rows and len(rows) == 7
    begun = next(k for k, p in enumerate(log) if isinstance(p, Progress) and p.phase.startswith(f"{rows[4].label} at"))
    assert rows[4].t_star == 300 and log.index(rows[2]) < begun < log.index(rows[4])
    assert {p.phase.rpartition(": ")[2] for p in steps} >= {"sampling", "features", "distances"}


def test_another_metric_needs_no_new_images(measuring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"n": 33, "seed": 4000, "t_stars": (20,)}
    (first,) = finish(evaluate(spec("gan", metrics=("fd",), **asked)))

    def refuse(*args: object, **options: object) -> None:
        raise AssertionError("drawn again")

    monkeypatch.setattr("tdot_core.services.sampling.drawn_sets.generate", refuse)
    (second,) = finish(evaluate(spec("gan", **asked)))
    assert second.metrics["fd"] == first.metrics["fd"] and second.seconds_chain == first.seconds_chain
    assert len(second.metrics) == len(metrics.all()) and second.fingerprint != first.fingerprint


def test_a_set_in_which_the_machine_was_busy_does_not_change_the_time_per_image(
    measuring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def timed(*args: Any, **options: Any) -> Iterator[SampleChunk]:
        for chunk in generate(*args, **options):
            yield replace(chunk, seconds_chain=1600.0 if chunk.seeds[0] < 9048 else 16.0, seconds_prior=0.0)

    monkeypatch.setattr("tdot_core.services.sampling.drawn_sets.generate", timed)
    (row,) = finish(evaluate(spec("vanilla", sets=3, seed=9000, n_steps=1, metrics=("fd",))))
    assert row.seconds == pytest.approx(1.0), "16 s for a chunk of 16 images"


@pytest.mark.parametrize(
    ("priors", "changes", "message"),
    [
        (("nonsense",), {}, "Unknown prior 'nonsense'"),
        (("vanilla", "nonsense"), {}, "Unknown prior 'nonsense'"),
        (("vanilla",), {"net": "nonsense"}, "Unknown denoiser"),
        (("vanilla",), {"dataset": "nonsense"}, "Unknown data set 'nonsense'"),
        (("vanilla",), {"extractor": "nonsense"}, "Unknown extractor"),
        (("vanilla",), {"layers": ("64",)}, "Unknown layer of cifar-cnn '64'. Known: penultimate"),
        (("vanilla",), {"t_stars": (1001,)}, "t_star must be"),
        (("vanilla",), {"device": "abacus"}, "Unknown device"),
        (("ot",), {"t_stars": (9,)}, "trained at t = 10"),
        (("ot", "gan"), {"t_stars": (5, 9)}, "trained at t = 10"),
        (("oracle:nonsense",), {}, "Unknown data set 'nonsense'"),
    ],
)
def test_mistakes_are_found_before_anything_is_drawn(
    measuring: Path, priors: tuple[str, ...], changes: dict[str, Any], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tdot_core.services.sampling.drawn_sets.generate", None)
    with pytest.raises(TdotError, match=message):
        finish(evaluate(spec(*priors, **changes)))


def test_a_missing_feature_network_says_how_to_get_one(tiny: Path) -> None:
    with pytest.raises(TdotError, match="train cifar-cnn"):
        next(evaluate(spec("vanilla")))


def test_weights_are_for_inception_and_must_exist(measuring: Path, tmp_path: Path) -> None:
    with pytest.raises(TdotError, match="for extractor inception"):
        next(evaluate(spec("vanilla"), weights=tmp_path / "x.pth"))
    with pytest.raises(TdotError, match=r"x\.pth .* does not exist"):
        next(evaluate(spec("vanilla", extractor="inception"), weights=tmp_path / "x.pth"))


def test_rows_drawn_in_bf16_say_so_and_are_close(measuring: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tdot_core.models.precision.has_bf16", lambda device: True)
    exact, low = (finish(evaluate(spec("gaussian", precision=name)))[0] for name in ("fp32", "bf16"))
    assert (exact.precision, low.precision) == ("fp32", "bf16")
    assert exact.fingerprint != low.fingerprint
    then, now = exact.metrics["fd"].value, low.metrics["fd"].value
    assert then is not None and now is not None
    assert then != now == pytest.approx(then, rel=0.05)
