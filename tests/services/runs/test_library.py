"""The library of runs: search, order, cards, names, and settings side by side, on real folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tdot_core.errors import TdotError
from tdot_core.services.runs.cards import LARGEST, RunCard, card_path, read_card, rename_run, write_card
from tdot_core.services.runs.differences import compare_settings
from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.library import entry_of, in_order, matches, run_bytes
from tdot_core.services.runs.status import RunStatus, write_status
from tdot_core.services.runs.store import Run, create_run, find_run, list_runs


def made(kind: str, created: str = "2026-01-01T00:00:00Z", **spec: object) -> Run:
    run = create_run(kind, {"dataset": {"name": "digits"}, "seed": 0, "config": {}, **spec})
    own = json.loads((run.path / "spec.json").read_text()) | {"created": created}
    (run.path / "spec.json").write_text(json.dumps(own))
    write_status(run.path, RunStatus(state="done", step=3, total=3))
    return find_run(run.id)


@pytest.fixture
def runs(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Run]:
    """A denoiser, two OT priors and a GAN, nothing shipped."""
    monkeypatch.setenv("TDOT_ASSETS", str(tmp_path / "assets"))
    return {
        "net": made("denoiser", "2026-03-01T00:00:00Z"),
        "old": made("ot", "2026-01-01T00:00:00Z", label="Old one", config={"t_train": 10, "batch": 128}),
        "new": made("ot", "2026-02-01T00:00:00Z", label="a new one", config={"t_train": 50, "batch": 128}),
        "gan": made("gan", "2026-01-15T00:00:00Z", config={"t_train": 10}),
    }


def order(runs: dict[str, Run], by: str) -> list[str]:
    names = {run.id: name for name, run in runs.items()}
    return [names[entry.run.id] for entry in in_order([entry_of(run) for run in list_runs()], by)]


def test_priors_stand_before_networks_and_every_order_is_what_it_says(runs: dict[str, Run]) -> None:
    assert order(runs, "kind")[-1] == "net" and set(order(runs, "kind")[:3]) == {"old", "new", "gan"}
    assert order(runs, "newest") == ["net", "new", "gan", "old"]
    assert order(runs, "name")[0] == "new", "capitals do not decide"
    (runs["gan"].path / "weights.safetensors").write_bytes(b"\0" * 5000)
    assert order(runs, "size")[0] == "gan"
    assert run_bytes(runs["gan"]) == sum(p.stat().st_size for p in runs["gan"].path.rglob("*") if p.is_file())
    with pytest.raises(KeyError):
        order(runs, "nonsense")


def test_a_search_finds_every_word_in_name_settings_state_tags_and_note(runs: dict[str, Run]) -> None:
    write_card(runs["old"], RunCard(("Baseline, keep ",), "collapsed after an hour"))
    old = entry_of(runs["old"])
    for words in ("OLD", "t_train=10 ot", "digits done", "baseline", "collapsed hour", "", runs["old"].id):
        assert matches(old, words), words
    assert not matches(old, "old t_train=50") and not matches(old, "old missing")
    assert matches(old, "", ["baseline", "keep"]) and not matches(old, "", ["baseline", "other"])


def test_a_card_is_kept_and_travels_with_an_exported_run(runs: dict[str, Run], tmp_path: Path) -> None:
    import zipfile

    write_card(runs["gan"], RunCard(("b", "A,c"), "a note"))
    assert read_card(runs["gan"]) == RunCard(("a", "b", "c"), "a note")
    export_runs([runs["gan"]], tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert f"{runs['gan'].id}/card.json" in archive.namelist()


def test_a_shipped_run_keeps_its_card_beside_the_own_runs(cache: Path, tmp_path: Path) -> None:
    run = Run(tmp_path / "assets" / "models" / "gan-published", {"kind": "gan"}, shipped=True)
    write_card(run, RunCard(("mine",)))
    assert card_path(run).is_relative_to(cache) and read_card(run).tags == ("mine",)
    with pytest.raises(TdotError, match="keeps its name"):
        rename_run(run, "other")


def test_a_damaged_or_huge_card_is_an_empty_one(runs: dict[str, Run]) -> None:
    for text in (
        "{",
        "[]",
        '{"tags": 3, "note": ""}',
        '{"note": "x"}',
        '{"tags": [], "note": "' + "x" * LARGEST + '"}',
    ):
        card_path(runs["gan"]).write_text(text)
        assert read_card(runs["gan"]) == RunCard(), text[:40]


def test_too_much_is_refused_in_a_sentence_and_nothing_is_changed(runs: dict[str, Run]) -> None:
    for card in (RunCard(("x" * 25,)), RunCard(tuple(f"t{k}" for k in range(13))), RunCard((), "x" * 2001)):
        with pytest.raises(TdotError, match="at most"):
            write_card(runs["gan"], card)
    assert not card_path(runs["gan"]).exists()
    with pytest.raises(TdotError, match="at most 40 characters; found 41"):
        rename_run(runs["gan"], "x" * 41)


def test_a_new_name_leaves_all_else_as_it_was(runs: dict[str, Run]) -> None:
    before = dict(runs["old"].spec)
    renamed = rename_run(runs["old"], "  Another   name ")
    assert renamed.id == runs["old"].id and renamed.spec == before | {"label": "Another name"}
    assert rename_run(renamed, "").spec["label"] == ""


def test_settings_side_by_side_begin_with_what_differs(runs: dict[str, Run]) -> None:
    found = {one.name: one for one in compare_settings([runs["old"], runs["new"], runs["gan"]])}
    assert found["t_train"].values == ("10", "50", "10") and found["t_train"].differs
    assert found["batch"].values == ("128", "128", "") and found["batch"].differs
    assert found["kind"].values == ("ot", "ot", "gan")
    assert found["data set"].values == ("digits",) * 3 and not found["data set"].differs
    names = [one.differs for one in found.values()]
    assert names == sorted(names, reverse=True)
