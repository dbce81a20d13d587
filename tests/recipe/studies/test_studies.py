"""The studies beside the benchmark table: right on cases worked out by hand, and made once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from sklearn.metrics import accuracy_score

from tdot_core.maths.quantise import from_uint8
from tdot_core.maths.schedule import NoiseSchedule
from tdot_core.maths.streams import normal
from tdot_core.metrics.features import Features
from tdot_core.metrics.gaussians import frechet_distance
from tdot_core.metrics.statistics import from_features
from tdot_core.models.precision import bf16_pays
from tdot_core.progress import Progress, finish
from tdot_core.recipe.building import build_model, finished_run
from tdot_core.recipe.items import ModelItem, ReferenceItem
from tdot_core.recipe.reference import build_reference
from tdot_core.recipe.studies import denoiser_loss, feature_space, halves, native, spread
from tdot_core.recipe.studies.degradations import blurred, compressed, degradations, mixed, noised
from tdot_core.recipe.study import Study, build_study
from tdot_core.services.datasets import load_dataset
from tdot_core.services.evaluation.engine import evaluate
from tdot_core.services.evaluation.spec import EvaluationSpec
from tdot_core.services.features.clouds import Cloud
from tdot_core.services.features.extractors import open_extractor
from tdot_core.services.features.heldout import taking_order
from tdot_core.services.features.references import Reference, reference
from tdot_core.services.results.studies import read_study
from tdot_core.services.runs.store import Run, list_runs
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior


def quiet(progress: Progress) -> None:
    pass


@pytest.fixture
def models(measuring_models: Path, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the tiny models with a cifar-cnn, and empty assets; returns the assets folder."""
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    shutil.copytree(measuring_models / "cache", cache, dirs_exist_ok=True)
    return tmp_path / "assets"


def test_a_study_is_measured_again_only_when_its_inputs_change(models: Path) -> None:
    measured: list[str] = []

    def measure(dataset: str, device: str):  # type: ignore[no-untyped-def]
        measured.append(dataset)
        yield Progress(1, 1)
        return {"answer": len(measured)}

    def study(version: int) -> Study:
        return Study("trial", lambda dataset: {"version": version}, measure)

    assert read_study("trial") is None
    assert build_study(study(1), "digits", "cpu", quiet) == "measured"
    assert build_study(study(1), "digits", "cpu", quiet) == "unchanged"
    assert build_study(study(2), "digits", "cpu", quiet) == "measured"
    assert measured == ["digits", "digits"] and (read_study("trial") or {})["answer"] == 2


def test_a_study_prepares_only_what_it_measures(models: Path) -> None:
    prepared: list[str] = []

    def measure(dataset: str, device: str):  # type: ignore[no-untyped-def]
        yield Progress(1, 1)
        return {"prepared": len(prepared)}

    trial = Study("trial", lambda dataset: {}, measure, lambda dataset, device, show: prepared.append(dataset))
    assert build_study(trial, "digits", "cpu", quiet) == "measured" and prepared == ["digits"]
    assert build_study(trial, "digits", "cpu", quiet) == "unchanged" and prepared == ["digits"]
    assert (read_study("trial") or {})["prepared"] == 1


def test_the_denoisers_loss_is_that_of_its_formula(models: Path) -> None:
    loaded = load_net()
    images = np.array(load_dataset("digits").images("test")[:3])
    found = denoiser_loss.eps_losses(loaded, images, range(5, 8), 200)
    for k in range(3):
        eps = np.random.Generator(np.random.Philox(key=np.array([5 + k, 4], dtype=np.uint64)))
        eps = eps.standard_normal((3, 32, 32), dtype=np.float32)
        x0 = (images[k].transpose(2, 0, 1).astype(np.float64) - 127.5) / 127.5
        ab = float(np.prod(1 - np.linspace(1e-4, 0.02, 1000)[:200]))
        x_t = torch.from_numpy(np.sqrt(ab) * x0 + np.sqrt(1 - ab) * eps).float()
        with torch.inference_mode():
            eps_hat = loaded.net(x_t[None], torch.tensor([200]))[0].numpy()
        assert found[k] == pytest.approx(float(np.square(eps_hat - eps).mean()), rel=1e-4)


def wiener_of(dataset: str) -> Run:
    return finished_run(ModelItem("wiener", "wiener", "", {"components": 16}), dataset, "cpu", quiet)[0]


def test_the_loss_is_reported_at_every_level_beside_the_linear_filters(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(denoiser_loss, "LEVELS", (10, 500))
    monkeypatch.setattr(denoiser_loss, "N", 20)
    assert build_study(denoiser_loss.DENOISER_LOSS, "digits", "cpu", quiet) == "measured"
    (before,) = (read_study("denoiser-loss") or {})["nets"]
    wiener = wiener_of("digits")
    passed: list[str] = []
    assert build_study(denoiser_loss.DENOISER_LOSS, "digits", "cpu", lambda p: passed.append(p.phase)) == "measured"
    assert set(passed) == {wiener.id}, "what was measured before is taken from the file"
    result = read_study("denoiser-loss") or {}
    assert [net["net"] for net in result["nets"]] == [before["net"], wiener.id] and result["nets"][0] == before
    data = load_dataset("digits")
    images = np.array(data.images("test"))
    images = images[taking_order(len(images))[:20]]
    train = from_uint8(torch.from_numpy(np.array(data.images("train")))).flatten(1).double().numpy()
    x0 = from_uint8(torch.from_numpy(images)).flatten(1).double().numpy()
    eps = normal(range(20), "train", (3, 32, 32)).flatten(1).double().numpy()
    for net in result["nets"]:
        for level in net["levels"]:
            direct = np.array(denoiser_loss.eps_losses(load_net(net["net"]), images, range(20), level["t"]))
            assert level["eps_loss"] == pytest.approx(direct.mean(), rel=1e-4)
            assert level["standard_error"] == pytest.approx(direct.std(ddof=1) / np.sqrt(20), rel=1e-2)
            ab = float(NoiseSchedule().alpha_bar[level["t"]])
            x_t = np.sqrt(ab) * x0 + np.sqrt(1 - ab) * eps - np.sqrt(ab) * train.mean(0)
            covariance = ab * np.cov(train.T) + (1 - ab) * np.eye(3072)
            linear = np.square(eps - np.sqrt(1 - ab) * np.linalg.solve(covariance, x_t.T).T).mean(1)
            assert level["ratio"] == pytest.approx(direct.mean() / linear.mean(), rel=2e-3)
            paired = (direct - level["ratio"] * linear).std(ddof=1) / np.sqrt(20) / linear.mean()
            assert level["ratio_error"] == pytest.approx(paired, rel=2e-2)


def test_every_degradation_moves_images_further_with_its_level() -> None:
    images = np.asarray(load_dataset("digits").images("test")[:8])
    other = 255 - images
    for kind in degradations(other):
        errors = [float(np.square(kind.apply(images, v).astype(float) - images).mean()) for v in kind.levels]
        assert all(a < b for a, b in zip(errors, errors[1:], strict=False)) or kind.name.startswith("Share")
        assert all(kind.apply(images, v).dtype == np.uint8 for v in kind.levels)


def test_degradations_do_what_their_names_say() -> None:
    flat = np.full((2, 32, 32, 3), 90, np.uint8)
    assert np.array_equal(blurred(flat, 2.0), flat) and np.array_equal(compressed(flat, 90), flat)
    assert noised(flat, 10.0).std() == pytest.approx(10, rel=0.05)
    both = mixed(np.zeros((8, 32, 32, 3), np.uint8), 0.25, flat[:1])
    assert both[:2].mean() == 90 and both[2:].max() == 0


def test_ranks_need_six_generators_and_agree_with_a_reversed_list() -> None:
    pairs = [{"fd_cnn": float(k), "fid_768": float(k**2)} for k in range(6)]
    assert feature_space.rank_correlation(pairs[:5]) is None
    assert feature_space.rank_correlation(pairs) == pytest.approx(1)
    flipped = [{**p, "fid_768": -p["fid_768"]} for p in pairs]
    assert feature_space.rank_correlation(flipped) == pytest.approx(-1)


def test_the_feature_space_is_measured_and_kept(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature_space, "SPOILT", 40)
    monkeypatch.setattr(feature_space, "degradations", lambda others: degradations(others)[:1])
    assert build_study(feature_space.FEATURE_SPACE, "digits", "cpu", quiet) == "measured"
    result = read_study("feature-space") or {}
    assert result["ratio"] == pytest.approx(result["fd_test"] / result["fd_noise"])
    assert result["fd_test"] < result["fd_noise"] and result["rank_correlation"] is None
    test = load_dataset("digits")
    with torch.inference_mode():
        logits = open_extractor("cifar-cnn").net(from_uint8(torch.from_numpy(np.array(test.images("test")))))
    assert result["accuracy"] == accuracy_score(test.labels("test"), logits.argmax(dim=1).numpy())
    curve = result["degradations"][0]
    assert len(curve["fd_cnn"]) == len(curve["levels"]) and curve["grows"] == (
        sorted(curve["fd_cnn"]) == curve["fd_cnn"]
    )


def test_what_is_spoilt_is_a_fair_sample_of_the_test_images(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first images of a data set may all be of one class."""
    monkeypatch.setattr(feature_space, "SPOILT", 40)
    monkeypatch.setattr(feature_space, "degradations", lambda others: degradations(others)[:1])
    build_study(feature_space.FEATURE_SPACE, "digits", "cpu", quiet)
    extractor, images = open_extractor("cifar-cnn"), np.array(load_dataset("digits").images("test"))
    real = finish(reference("digits", extractor, "penultimate"))
    fair = extractor(images[taking_order(len(images))[:40]], ["penultimate"])["penultimate"]
    statistics = from_features(fair)
    expected = frechet_distance(real=real.features.statistics, fake=statistics)
    assert (read_study("feature-space") or {})["fd_unspoilt"] == pytest.approx(expected, rel=1e-3)


def real_side(array: np.ndarray) -> Reference:
    return Reference(Features(array), np.arange(len(array)), None, (), "made", len(array), False)


def test_a_cloud_like_the_real_one_has_ratio_one_and_a_huddled_one_less() -> None:
    rng = np.random.default_rng(3)
    real = rng.standard_normal((400, 6)).astype(np.float32)
    same = spread.spread_of(Cloud("p", real, np.arange(400)), real_side(real))
    assert same["variance_ratio"] == pytest.approx(1) and same["neighbour_ratio"] == pytest.approx(1)
    many = spread.spread_of(
        Cloud("p", rng.standard_normal((4000, 6)).astype(np.float32), np.arange(4000)), real_side(real)
    )
    assert many["neighbour_ratio"] == pytest.approx(1, abs=0.1), "ten times as many lie closer, whatever made them"
    half = spread.spread_of(Cloud("p", real / 2, np.arange(400)), real_side(real))
    assert half["variance_ratio"] == pytest.approx(0.25) and half["neighbour_ratio"] == pytest.approx(0.5)


def test_the_neighbour_ratio_is_brute_force() -> None:
    rng = np.random.default_rng(4)
    real, fake = (rng.standard_normal((60, 5)).astype(np.float32) * s for s in (1, 0.7))
    found = spread.spread_of(Cloud("p", fake, np.arange(60)), real_side(real))["neighbour_ratio"]

    def nearest(x: np.ndarray) -> float:
        distances = cdist(x.astype(float), x.astype(float))
        np.fill_diagonal(distances, np.inf)
        return float(distances.min(axis=1).mean())

    assert found == pytest.approx(nearest(fake) / nearest(real))


def test_spread_measures_every_prior_beside_real_images(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    monkeypatch.setattr(spread, "SPACES", {"cifar-cnn": ("penultimate",)})
    monkeypatch.setattr(spread, "SETTINGS", replace(spread.SETTINGS, n=24, n_steps=2))
    build_reference(ReferenceItem("cifar-cnn", "penultimate", 100), "digits", "cpu", quiet)
    assert build_study(spread.SPREAD, "digits", "cpu", quiet) == "measured"
    (space,) = (read_study("spread") or {})["spaces"]
    rows = {row["prior"]: row for row in space["rows"]}
    assert (space["extractor"], space["layer"], space["n_real"]) == ("cifar-cnn", "penultimate", 24)
    assert list(rows) == ["Real test images", "Vanilla", "Oracle"]
    assert all(row["n"] == 24 and row["variance_ratio"] > 0 for row in rows.values())
    json.dumps(rows, allow_nan=False)


def test_one_half_of_the_test_images_is_denoised_and_the_other_is_not(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halves, "SPACES", {"cifar-cnn": ("penultimate",)})
    monkeypatch.setattr(halves, "N_STEPS", 2)
    assert build_study(halves.HALVES, "digits", "cpu", quiet) == "measured"
    result = read_study("halves") or {}
    (row,) = result["rows"]
    assert (row["metric"], result["n"]) == ("FD-cnn", 177) and row["ratio"] == row["denoised"] / row["other_half"]
    extractor, images = open_extractor("cifar-cnn"), np.array(load_dataset("digits").images("test"))
    real = finish(reference("digits", extractor, "penultimate")).features.statistics
    seen = images[taking_order(len(images))[177:354]]
    fake = from_features(extractor(seen, ["penultimate"])["penultimate"])
    assert row["other_half"] == pytest.approx(frechet_distance(real=real, fake=fake), rel=1e-3)
    oracle = load_prior("oracle", dataset="digits")
    assert not set(oracle.prior.items(range(177)).tolist()) & set(taking_order(len(images))[177:354].tolist())  # type: ignore[attr-defined]
    drawn = [chunk.images for chunk in generate([oracle], load_net(), SampleSettings(100, 2, n=177))]
    denoised = from_features(extractor(np.concatenate(drawn), ["penultimate"])["penultimate"])
    assert row["denoised"] == pytest.approx(frechet_distance(real=real, fake=denoised), rel=1e-3)


def test_larger_t_star_is_measured_lifted_and_native_on_the_same_seeds(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = {"latent": 8, "width": 8, "batch": 512, "epochs": 1, "n_projections": 8, "t_train": 5}
    item = ModelItem("ot-small", "ot", "Small transport", small, preferred=True)
    build_model(item, "digits", "cpu", quiet)
    for name, value in (("LIFTED", item), ("T_STARS", (20,)), ("N", 12), ("SETS", 2), ("N_STEPS", 2)):
        monkeypatch.setattr(native, name, value)
    assert build_study(native.NATIVE, "digits", "cpu", quiet) == "measured"
    rows = (read_study("native") or {})["rows"]
    assert [(row["start"], row["t_train"], row["t_star"]) for row in rows] == [("lifted", 5, 20), ("native", 20, 20)]
    (run,) = [run for run in list_runs("ot") if not run.shipped and run.config["t_train"] == 20]
    for row, prior in zip(rows, ("ot-small", run.id), strict=True):
        spec = EvaluationSpec(
            (prior,),
            t_stars=(20,),
            n_steps=2,
            n=12,
            sets=2,
            dataset="digits",
            include_floor=False,
            metrics=("fd",),
            precision="bf16" if bf16_pays(torch.device("cpu")) else "fp32",
            device="cpu",
        )
        (alone,) = finish(evaluate(spec))
        assert row["fd_cnn"] == alone.metrics["fd"].value and row["fd_cnn_sd"] == alone.metrics["fd"].spread
    assert build_study(native.NATIVE, "digits", "cpu", quiet) == "unchanged"
    assert native.native(20).settings == {**small, "t_train": 20} and not native.native(20).preferred
