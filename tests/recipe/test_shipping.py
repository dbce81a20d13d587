"""Shipping a run: small, whole, with its provenance, and never at the cost of what shipped before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tdot_core.errors import TdotError
from tdot_core.recipe.shipping import ship, training_hours
from tdot_core.services.runs.checkpoints import load_weights, write_tensors
from tdot_core.services.runs.store import Run, best_run, find_run, list_runs, shipped_dir


@pytest.fixture
def own(feature_net: Path) -> Run:
    return next(run for run in list_runs("cifar-cnn") if not run.shipped)


def test_a_shipped_run_is_whole_small_and_read_only(own: Run) -> None:
    shipped = ship(own, "features", label="Features")
    assert shipped.shipped and (shipped.id, shipped.kind, shipped.label) == ("features", "cifar-cnn", "Features")
    assert shipped.config == own.config and shipped.status().state == "done" and shipped.status().step == 2
    before, after = load_weights(own.path), load_weights(shipped.path)
    assert before.keys() == after.keys()
    for name, tensor in before.items():
        assert after[name].dtype == (torch.float16 if tensor.is_floating_point() else tensor.dtype)
        torch.testing.assert_close(after[name].to(tensor.dtype), tensor, rtol=2**-10, atol=2**-24)
    assert shipped.weights_path.stat().st_size < 0.6 * own.weights_path.stat().st_size


def test_provenance_and_card_say_what_it_is_and_name_no_path(own: Run) -> None:
    folder = ship(own, "features").path
    facts = json.loads((folder / "provenance.json").read_text())
    assert (facts["run"], facts["dataset"]["name"], facts["seed"], facts["weights_step"]) == (own.id, "digits", 1, 2)
    card = (folder / "MODEL_CARD.md").read_text()
    assert "digits" in card and "stopped before the planned end" in card and "| width | 8 |" in card
    for file in folder.rglob("*"):
        if file.suffix in (".json", ".jsonl", ".md"):
            assert str(own.path.parent) not in file.read_text() and "/root" not in file.read_text()


def test_the_curve_is_readable_with_tensorboard_and_names_no_machine(own: Run) -> None:
    import socket

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    shipped = ship(own, "features")
    files = list(shipped.path.glob("*tfevents*"))
    assert len(files) == 1 and socket.gethostname() not in files[0].name
    events = EventAccumulator(str(shipped.path))
    events.Reload()
    for tag in events.Tags()["scalars"]:
        found = {e.step: e.value for e in events.Scalars(tag)}
        assert found == pytest.approx({r["step"]: r[tag.removeprefix("loss/")] for r in shipped.metrics()})
    assert {"loss/cross_entropy", "loss/accuracy"} <= set(events.Tags()["scalars"])


def test_the_preferred_one_is_the_one_its_key_stands_for(own: Run) -> None:
    ship(own, "aaa")
    assert best_run("cifar-cnn") == find_run("aaa")
    ship(own, "bbb", preferred=True)
    assert best_run("cifar-cnn") == find_run("bbb")
    ship(own, "ccc", preferred=True)
    assert best_run("cifar-cnn") == find_run("ccc")
    assert [run.id for run in list_runs() if run.shipped and run.spec["preferred"]] == ["ccc"]


def test_the_name_of_a_kind_is_kept_for_the_model_it_stands_for(own: Run) -> None:
    for name, preferred in (("cifar-cnn", False), ("vae", False), ("vae", True)):
        with pytest.raises(TdotError, match=f"The name {name} stands for the preferred model of its kind"):
            ship(own, name, preferred=preferred)
    assert not shipped_dir().exists()
    assert ship(own, "cifar-cnn", preferred=True).id == "cifar-cnn"


def test_shipping_again_under_a_name_replaces_it(own: Run) -> None:
    stale = ship(own, "features").path / "stale.txt"
    stale.write_text("x")
    ship(own, "features")
    assert not stale.exists()


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", ".hidden", "x/y", "x" * 81])
def test_unusable_names_are_refused(own: Run, name: str) -> None:
    with pytest.raises(TdotError, match="A shipped model's name is"):
        ship(own, name)
    assert not shipped_dir().exists()


def test_what_cannot_ship_leaves_the_earlier_one_alone(own: Run) -> None:
    shipped = ship(own, "features")
    kept = shipped.weights_path.read_bytes()
    with pytest.raises(TdotError, match="ships with TDOT already"):
        ship(shipped, "other")
    weights = load_weights(own.path)
    weights["head.bias"] = weights["head.bias"] + 1e6
    write_tensors(own.weights_path, weights)
    (own.path / "weights.json").write_text('{"step": 2}')
    with pytest.raises(TdotError, match="head.bias holds values beyond 65504"):
        ship(own, "features")
    own.weights_path.write_bytes(b"half")
    with pytest.raises(TdotError, match="not a whole safetensors file"):
        ship(own, "features")
    own.weights_path.unlink()
    with pytest.raises(TdotError, match="has no weights yet"):
        ship(own, "features")
    assert shipped.weights_path.read_bytes() == kept


def test_hours_leave_out_pauses() -> None:
    assert training_hours([{"time": t} for t in (0, 360, 720, 90_000, 90_360)]) == pytest.approx(0.3)
    assert training_hours([]) == 0
