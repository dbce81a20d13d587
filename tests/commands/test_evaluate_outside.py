"""`evaluate --images`, `--statistics`, `--out`, and several layers of one network, from the outside."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from torch_fidelity.metric_fid import fid_statistics_to_metric

from tdot_core.__main__ import main
from tdot_core.services.copies.matches import load_matches
from tdot_core.services.datasets import load_dataset
from tdot_core.services.runs.store import list_runs

FAST = ["--dataset", "digits", "--device", "cpu"]


def test_images_of_any_tool_are_a_row_beside_priors(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test = np.asarray(load_dataset("digits").images("test"))
    np.savez(tmp_path / "mine.npz", arr_0=test[:70])
    arguments = [
        "--images",
        str(tmp_path / "mine.npz"),
        "--prior",
        "vanilla",
        "--n",
        "32",
        "--sets",
        "2",
        "--steps",
        "2",
    ]
    assert main(["evaluate", *arguments, "--metric", "fd", "--json", *FAST]) == 0
    floor, mine, vanilla = json.loads(capsys.readouterr().out)
    assert (mine["prior"], mine["key"], mine["label"], mine["n"], mine["sets"], mine["t_star"]) == (
        "mine.npz",
        "images",
        "mine.npz",
        32,
        2,
        None,
    )
    assert mine["metrics"]["fd"]["value"] < vanilla["metrics"]["fd"]["value"] / 10
    assert mine["copies"] and mine["may_copy"] and floor["copies"] == ""


def test_images_alone_need_no_denoiser_and_fewer_than_asked_is_said(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "mine.npz", images=np.asarray(load_dataset("digits").images("train"))[:40])
    assert (
        main(
            [
                "evaluate",
                "--images",
                str(tmp_path / "mine.npz"),
                "--n",
                "2000",
                "--metric",
                "fd",
                "--no-floor",
                "--json",
                *FAST,
            ]
        )
        == 0
    )
    (mine,) = json.loads(capsys.readouterr().out)
    assert (
        mine["note"] == "There are only 40 images: 1 x 40 instead of 1 x 2000." and mine["metrics"]["fd"]["value"] > 0
    )
    (run,) = list_runs("evaluation")
    assert main(["nearest", "--images", str(tmp_path / "mine.npz"), *FAST, "--json"]) == 0
    closest = json.loads(capsys.readouterr().out)["matches"]
    assert [one["closest"][0]["distance"] for one in closest] == [0.0, pytest.approx(0.0, abs=1e-3)]


def test_copies_are_looked_for_beyond_the_first_images_of_a_sorted_set(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tdot_core.services.evaluation.row_maker.MOST", 20)
    images = np.random.default_rng(0).integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
    images[20:] = load_dataset("digits").images("train")[:40]
    np.savez(tmp_path / "mine.npz", images=images)
    assert (
        main(["evaluate", "--images", str(tmp_path / "mine.npz"), "--metric", "fd", "--no-floor", "--json", *FAST]) == 0
    )
    (mine,) = json.loads(capsys.readouterr().out)
    pixels = load_matches(mine["copies"])[0]
    assert pixels.n == 20 and pixels.distances[0] == 0
    copied = pixels.distances == 0
    np.testing.assert_array_equal(pixels.index[copied], pixels.rows[copied] + 20)


def test_all_images_are_taken_unless_fewer_are_asked_for_and_then_not_the_first(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sorted by class, the first images are of few classes; a shuffled choice is as far from the real ones as any."""
    data = load_dataset("digits")
    images = np.asarray(data.images("train"))[np.argsort(data.labels("train"), kind="stable")][:1000]
    np.savez(tmp_path / "sorted.npz", images=images)
    np.savez(tmp_path / "first.npz", images=images[:200])

    def fd(file: str, *more: str) -> tuple[float, int, str]:
        assert (
            main(["evaluate", "--images", str(tmp_path / file), "--metric", "fd", "--no-floor", "--json", *FAST, *more])
            == 0
        )
        (row,) = json.loads(capsys.readouterr().out)
        return row["metrics"]["fd"]["value"], row["n"], row["note"]

    whole, chosen, first = fd("sorted.npz"), fd("sorted.npz", "--n", "200"), fd("first.npz")
    assert whole[1:] == (1000, "") and chosen[1] == 200
    assert chosen[2] == "800 of 1,000 images were left out; which ones is one fixed random choice."
    assert chosen[0] < 0.5 * first[0]


def test_rows_are_written_in_every_format_and_read_back(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [tmp_path / f"rows{ending}" for ending in (".csv", ".parquet", ".md", ".tex", ".bib")]
    out = [part for file in files for part in ("--out", str(file))]
    arguments = ["--prior", "vanilla", "--n", "32", "--sets", "2", "--steps", "2", "--metric", "fd", "--no-floor"]
    assert main(["evaluate", *arguments, *FAST, *out]) == 0
    assert "Written: rows.csv, rows.parquet, rows.md, rows.tex, rows.bib." in capsys.readouterr().out
    (line,) = csv.DictReader(files[0].open())
    frame = pd.read_parquet(files[1])
    assert float(line["FD-cnn"]) == frame["FD-cnn"][0] and len(frame["FD-cnn values"][0]) == 2
    assert (
        "±" in files[2].read_text()
        and r"$\pm$" in files[3].read_text()
        and "@inproceedings{heusel2017," in files[4].read_text()
    )
    assert main(["evaluate", *arguments, *FAST, "--out", str(tmp_path / "x.xlsx")]) == 2
    assert "--out must end in one of" in capsys.readouterr().err


def test_statistics_go_out_and_come_in_as_other_tools_have_them(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = np.asarray(load_dataset("digits").images("test"))
    np.savez(tmp_path / "mine.npz", images=images)
    for source, name in (
        (["--dataset", "digits"], "train.npz"),
        (["--images", str(tmp_path / "mine.npz")], "mine-stats.npz"),
    ):
        assert main(["statistics", *source, "--extractor", "cifar-cnn", "--out", str(tmp_path / name)]) == 0
    capsys.readouterr()
    with np.load(tmp_path / "train.npz", allow_pickle=False) as train, np.load(tmp_path / "mine-stats.npz") as mine:
        assert (
            train["mu"].dtype == train["sigma"].dtype == np.float64 and train["sigma"].shape == (train["mu"].size,) * 2
        )
        reference = fid_statistics_to_metric(dict(mine), dict(train), verbose=False)["frechet_inception_distance"]
        np.savez(tmp_path / "foreign.npz", mu=train["mu"], sigma=train["sigma"])
    arguments = ["--images", str(tmp_path / "mine.npz"), "--statistics", str(tmp_path / "foreign.npz"), "--no-floor"]
    assert main(["evaluate", *arguments, "--metric", "fd", "--metric", "recall_dist", "--json", *FAST]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["metrics"]["fd"]["value"] == pytest.approx(reference, rel=1e-6)
    assert (row["dataset"], row["n_real"]) == ("foreign.npz", 0)
    assert (
        row["metrics"]["recall_dist"]["value"] is None
        and "needs their features" in row["metrics"]["recall_dist"]["note"]
    )


def test_beside_statistics_only_a_named_data_set_shows_its_test_images(
    feature_net: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "mine.npz", images=np.asarray(load_dataset("digits").images("test"))[:40])
    np.savez(tmp_path / "foreign.npz", mu=np.zeros(32), sigma=np.eye(32))
    arguments = ["evaluate", "--images", str(tmp_path / "mine.npz"), "--statistics", str(tmp_path / "foreign.npz")]
    arguments += ["--metric", "fd", "--device", "cpu", "--json"]

    def subjects(*more: str) -> list[str]:
        assert main([*arguments, *more]) == 0
        return [row["prior"] for row in json.loads(capsys.readouterr().out)]

    assert subjects() == ["mine.npz"]
    assert subjects("--dataset", "digits") == ["real", "mine.npz"]
    assert subjects("--dataset", "digits", "--no-floor") == ["mine.npz"]
    assert main([*arguments, "--floor"]) == 2
    assert "--floor beside --statistics or --real needs --dataset" in capsys.readouterr().err


def test_several_inception_layers_come_from_one_evaluation(
    feature_net: Path, inception_weights: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random, layers = np.random.default_rng(0), ["64", "192", "768"]
    for k, pixels in enumerate(random.integers(0, 256, (14, 32, 32, 3), dtype=np.uint8)):
        folder = tmp_path / "few" / ("train" if k < 12 else "test")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{k:02}.png")
    np.savez(tmp_path / "fake.npz", images=random.integers(60, 200, (8, 32, 32, 3), dtype=np.uint8))
    assert main(["data", "import", str(tmp_path / "few"), "--name", "few"]) == 0
    inception = ["--extractor", "inception", "--weights", str(inception_weights), "--device", "cpu"]
    spaces = [part for layer in layers for part in ("--layer", layer)]
    arguments = [
        "evaluate",
        "--images",
        str(tmp_path / "fake.npz"),
        "--n",
        "8",
        *spaces,
        *inception,
        "--dataset",
        "few",
    ]
    capsys.readouterr()
    assert main([*arguments, "--metric", "fd", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["prior"], row["layer"]) for row in rows] == [
        (p, layer) for p in ("real", "fake.npz") for layer in layers
    ]
    assert [row["metrics"]["fd"]["name"] for row in rows[3:]] == ["FID-64", "FID-192", "FID-768"]
    # Every set of images went through the network once: its layers lie in one folder of the cache.
    folders = [
        folder for folder in (feature_net / "features").iterdir() if len(list(folder.glob("inception-*.npy"))) == 3
    ]
    assert len(folders) == 3
    for row in rows[3:]:
        found = {}
        for folder in folders:
            (file,) = folder.glob(f"inception-*-{row['layer']}.npy")
            features = np.load(file).astype(np.float64)
            found[len(features)] = {"mu": features.mean(0), "sigma": np.cov(features, rowvar=False)}
        reference = fid_statistics_to_metric(found[8], found[12], verbose=False)["frechet_inception_distance"]
        assert row["metrics"]["fd"]["value"] == pytest.approx(reference, rel=1e-4)
    (run,) = list_runs("evaluation")
    assert main(["evaluate", "--run", run.id]) == 0
    text = capsys.readouterr().out
    assert all(f"extractor inception {layer}" in text for layer in layers)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--images", "nowhere.npz"], "no images at"),
        (["--statistics", "nowhere.npz", "--prior", "vanilla"], "cannot be read as statistics"),
        (
            [
                "--statistics",
                "x.npz",
                "--layer",
                "64",
                "--layer",
                "192",
                "--prior",
                "vanilla",
                "--extractor",
                "inception",
            ],
            "is of one layer",
        ),
        (["--prior", "vanilla", "--detach", "--out", "x.csv"], "--out needs the finished rows"),
    ],
)
def test_mistakes_are_one_sentence(
    measuring: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments, *FAST]) == 2
    out, err = capsys.readouterr()
    assert out == "" and message in err and len(err.splitlines()) == 1


def test_statistics_of_another_width_are_refused_before_anything_is_drawn(
    measuring: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "wide.npz", mu=np.zeros(2048), sigma=np.eye(2048))
    monkeypatch.setattr("tdot_core.services.sampling.drawn_sets.generate", None)
    assert main(["evaluate", "--prior", "vanilla", "--statistics", str(tmp_path / "wide.npz"), *FAST]) == 2
    assert "holds statistics of width 2048" in capsys.readouterr().err
