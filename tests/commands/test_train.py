"""`train` and `runs` from the outside."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.services.runs.store import find_run, list_runs

SMALL = ["--epochs", "1", "--batch", "512", "--latent", "8", "--width", "8", "--n-projections", "4"]


def train(*words: str) -> int:
    return main(["train", *words, "--dataset", "digits", "--device", "cpu"])


def test_train_show_list_export_delete(cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train("ot", *SMALL, "--t-train", "20", "--label", "my prior", "--json") == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["state"], made["step"], made["total"]) == ("done", 2, 2)
    assert main(["runs", "show", made["run"], "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["config"]["t_train"] == 20 and shown["label"] == "my prior" and shown["dataset"] == "digits"
    assert shown["last"]["step"] == 2 and shown["last"]["total"] == 2
    assert main(["runs", "list", "--kind", "ot", "--json"]) == 0
    assert made["run"] in [r["id"] for r in json.loads(capsys.readouterr().out)]
    out = tmp_path / "run.zip"
    assert main(["runs", "export", made["run"], "--out", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        assert any(name.endswith("weights.safetensors") for name in archive.namelist())
    assert main(["runs", "resume", made["run"]]) == 2
    assert main(["runs", "delete", made["run"]]) == 0
    assert made["run"] not in [r.id for r in list_runs()]


def test_detached_training_can_be_stopped_and_resumed(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = ["--epochs", "500", "--batch", "64", "--latent", "8", "--width", "8", "--n-projections", "4"]
    assert train("ot", *small, "--detach", "--json") == 0
    run_id = json.loads(capsys.readouterr().out)["run"]
    try:
        assert main(["runs", "stop", run_id, "--json"]) == 0
        stopped = json.loads(capsys.readouterr().out)
        assert stopped["state"] == "stopped"
        assert main(["runs", "resume", run_id, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["state"] in ("pending", "running")
    finally:
        main(["runs", "stop", run_id])
    assert find_run(run_id).status().step >= stopped["step"]


def test_settings_are_listed_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "ot", "--list-settings", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"t_train", "epochs", "batch", "latent", "n_projections", "objective", "noise"} <= set(rows)
    published = {"t_train": 10, "epochs": 32, "batch": 128, "latent": 1024, "noise": "fixed", "inject_noise": False}
    assert {name: rows[name]["default"] for name in published} == published


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["no-such"], "Unknown thing to train"),
        (["vanilla"], "Unknown thing to train"),
        (["ot", "--epochs", "0"], "epochs"),
        (["ot", "--epochs", "many"], "epochs"),
        (["ot", "--epochs", "nan"], "epochs"),
        (["ot", "--colour", "red"], "colour"),
        (["ot", "--t-train", "1001"], "t_train"),
        (["ot", "extra"], "extra"),
        (["ot", "--objective", "no-such"], "objective"),
        (["ot", "--dataset", "never"], "data set"),
        (["ot", "--device", "abacus"], "auto"),
    ],
)
def test_a_mistake_gets_one_sentence_and_leaves_no_run(
    cache: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(["train", "--device", "cpu", "--dataset", "digits", *words]) == 2
    printed, err = capsys.readouterr()
    assert says in err and "Traceback" not in err and len(err.strip().splitlines()) == 1 and printed == ""
    assert [r for r in list_runs() if not r.shipped] == []


@pytest.mark.parametrize("action", ["show", "stop", "resume", "delete"])
@pytest.mark.parametrize("name", ["no-such", "../../etc", "a" * 3000, ""])
def test_an_unknown_run_is_named(cache: Path, capsys: pytest.CaptureFixture[str], action: str, name: str) -> None:
    assert main(["runs", action, name]) == 2
    assert "Unknown run" in capsys.readouterr().err
