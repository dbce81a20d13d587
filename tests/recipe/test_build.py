"""The recipe on a small scale: trained, resumed, skipped when nothing changed, and checked byte by byte."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.recipe import table
from tdot_core.recipe.benchmark_csv import csv_path
from tdot_core.recipe.build import build_works
from tdot_core.recipe.building import build_model
from tdot_core.recipe.items import MODELS, ModelItem, ReferenceItem, model_items
from tdot_core.recipe.manifest import manifest_path, verify, write_manifest
from tdot_core.recipe.reference import build_reference
from tdot_core.recipe.studies.seconds import SECONDS
from tdot_core.recipe.study import build_study
from tdot_core.services.results.benchmark import shipped_rows
from tdot_core.services.results.studies import read_study
from tdot_core.services.runs.store import find_run, list_runs, shipped_dir
from tdot_core.services.training.session import TrainingSession, create_training

SMALL = {"latent": 8, "width": 8, "batch": 512, "epochs": 2}
OT = ModelItem("ot-small", "ot", "Small transport", {**SMALL, "n_projections": 8}, preferred=True, seed=3)


SWEEP = """
[[block]]
prior = ["vanilla", "gaussian"]
t_star = [10, 20]
steps = [2]
n = 8
sets = 2
layers = ["penultimate"]
"""


def sweep_of(assets: Path) -> Path:
    return assets.parent / "table.toml"


def quiet(progress: Progress) -> None:
    pass


@pytest.fixture
def empty(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache and empty assets; returns the assets folder."""
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    return tmp_path / "assets"


def test_a_model_is_trained_once_and_ships_with_its_settings(empty: Path) -> None:
    assert build_model(OT, "digits", "cpu", quiet) == "trained"
    shipped = find_run("ot-small")
    assert shipped.shipped and shipped.spec["preferred"] and shipped.spec["seed"] == 3 and shipped.config["width"] == 8
    before = shipped.weights_path.stat().st_mtime_ns
    assert build_model(OT, "digits", "cpu", quiet) == "unchanged"
    assert shipped.weights_path.stat().st_mtime_ns == before
    renamed = dataclasses.replace(OT, label="Another name", preferred=False)
    assert build_model(renamed, "digits", "cpu", quiet) == "unchanged"
    spec = find_run("ot-small").spec
    assert (spec["label"], spec["preferred"]) == ("Another name", False)
    shutil.rmtree(shipped.path)
    assert build_model(OT, "digits", "cpu", quiet) == "shipped"
    assert len([run for run in list_runs("ot") if not run.shipped]) == 1


def test_other_settings_or_another_seed_are_another_model(empty: Path) -> None:
    build_model(OT, "digits", "cpu", quiet)
    other = ModelItem("ot-small", "ot", "Small transport", {**OT.settings, "n_projections": 9}, preferred=True, seed=3)
    assert build_model(other, "digits", "cpu", quiet) == "trained"
    assert find_run("ot-small").config["n_projections"] == 9


def test_a_stopped_training_is_resumed_not_begun_again(empty: Path) -> None:
    run = create_training("ot", "digits", OT.settings, seed=3, device="cpu")
    session = TrainingSession(run)
    for progress in session:
        session.save(progress.step)
        break
    steps: list[int] = []
    assert build_model(OT, "digits", "cpu", lambda p: steps.append(p.step)) == "trained"
    assert steps[0] == 2 and find_run("ot-small").spec["created"] == run.spec["created"]


def test_every_preset_names_settings_that_exist_and_one_preferred_run_per_kind_at_most(empty: Path) -> None:
    from tdot_core.config import build_config
    from tdot_core.services.runs.kinds import find_trainable

    for preset, items in MODELS.items():
        assert len({item.name for item in items}) == len(items)
        preferred = [item.kind for item in model_items(preset) if item.preferred]
        assert len(preferred) == len(set(preferred))
        for item in items:
            build_config(find_trainable(item.kind).Config, item.settings)
    with pytest.raises(TdotError, match="Unknown preset"):
        model_items("tpu")
    with pytest.raises(TdotError, match="Unknown asset"):
        build_works("cpu", ["nothing"])


def test_the_published_three_are_the_published_configuration() -> None:
    published = {item.kind: item.settings for item in MODELS["cpu"] if item.name.endswith("-published")}
    assert published == {"vae": {}, "gan": {}, "ot": {}}


@pytest.fixture
def measured(measuring_models: Path, empty: Path, cache: Path) -> Path:
    """Tiny models in the cache, their ot shipped, a reference and a table made by the recipe; returns the assets folder."""
    shutil.copytree(measuring_models / "cache", cache, dirs_exist_ok=True)
    sweep_of(empty).write_text(SWEEP)
    build_model(OT, "digits", "cpu", quiet)
    build_model(ModelItem("cnn", "cifar-cnn", "Features", list_runs("cifar-cnn")[0].config), "digits", "cpu", quiet)
    build_reference(ReferenceItem("cifar-cnn", "penultimate", 50), "digits", "cpu", quiet)
    assert table.build_table(sweep_of(empty), "digits", "cpu", quiet) == "4 rows measured"
    return empty


def test_references_and_table_are_made_once(measured: Path) -> None:
    assert build_reference(ReferenceItem("cifar-cnn", "penultimate", 50), "digits", "cpu", quiet) == "unchanged"
    assert table.build_table(sweep_of(measured), "digits", "cpu", quiet) == "unchanged"
    lines = csv_path().read_text().splitlines()
    assert len(lines) == 5 and lines[1].startswith("vanilla,,10,,ddim,2,2,")
    assert [item.row.prior for item in shipped_rows()] == ["vanilla", "vanilla", "gaussian", "gaussian"]


def test_rows_taken_over_bear_todays_label(measured: Path) -> None:
    table.write_table([dataclasses.replace(item.row, label="Once called so") for item in shipped_rows()])
    assert table.build_table(sweep_of(measured), "digits", "cpu", quiet) == "unchanged"
    assert [item.row.label for item in shipped_rows()] == ["Vanilla", "Vanilla", "Gaussian", "Gaussian"]


def test_the_table_is_timed_again_and_nothing_else_of_it_changes(measured: Path) -> None:
    before = [item.row for item in shipped_rows()]
    table.write_table([dataclasses.replace(row, seconds_prior=50.0, seconds_chain=50.0) for row in before])
    assert build_study(SECONDS, "digits", "cpu", quiet) == "measured"
    after = [item.row for item in shipped_rows()]
    assert [dataclasses.replace(row, seconds_prior=0.0, seconds_chain=0.0) for row in after] == [
        dataclasses.replace(row, seconds_prior=0.0, seconds_chain=0.0) for row in before
    ]
    cells = {(c["prior"], c["t_star"]): c for c in (read_study("seconds") or {})["cells"]}
    assert len(cells) == len({(row.prior, row.t_star) for row in before})
    for row in after:
        timed = cells[(row.prior, row.t_star)]
        assert (row.seconds_prior, row.seconds_chain) == (timed["seconds_prior"], timed["seconds_chain"])
        assert 0 < row.seconds_chain < 50
    assert build_study(SECONDS, "digits", "cpu", quiet) == "unchanged"
    assert table.build_table(sweep_of(measured), "digits", "cpu", quiet) == "unchanged"


def test_a_stopped_table_keeps_its_finished_rows(measured: Path) -> None:
    first = shipped_rows()
    table.write_table([item.row for item in first[:1]])

    def stop_in_sampling(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        table.build_table(sweep_of(measured), "digits", "cpu", stop_in_sampling)
    assert shipped_rows() == first[:1]
    assert table.build_table(sweep_of(measured), "digits", "cpu", quiet) == "3 rows measured"


def test_verify_sees_a_flipped_bit_a_lost_file_and_a_new_one(measured: Path) -> None:
    assert write_manifest() == "written" and write_manifest() == "unchanged"
    checks = verify()
    assert all(check.holds for check in checks)
    numbers = {check.name for check in checks} & set(json.loads(manifest_path().read_text())["numbers"])
    assert numbers == {"models/ot-small", "models/cnn", "references/digits/cifar-cnn-penultimate"}
    card = shipped_dir() / "ot-small" / "MODEL_CARD.md"
    card.write_bytes(card.read_bytes()[:-1] + b"!")
    (shipped_dir() / "cnn" / "MODEL_CARD.md").unlink()
    (shipped_dir() / "cnn" / "new.txt").write_text("x")
    failed = {check.name: check.detail for check in verify() if not check.holds}
    assert failed == {
        "models/ot-small/MODEL_CARD.md": "differs from its recorded hash",
        "models/cnn/MODEL_CARD.md": "is missing",
        "models/cnn/new.txt": "is not in the manifest",
    }


def test_verify_sees_a_number_that_moved(measured: Path) -> None:
    write_manifest()
    document = json.loads(manifest_path().read_text())
    document["numbers"]["models/ot-small"] *= 1.02
    manifest_path().write_text(json.dumps(document))
    assert [check.name for check in verify() if not check.holds] == ["models/ot-small"]
