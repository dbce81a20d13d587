"""`evaluate` from the outside: rows on stdout, progress on stderr, mistakes as one sentence."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.progress import Progress
from tdot_core.services.jobs.launcher import request_stop
from tdot_core.services.results.rows import read_rows
from tdot_core.services.runs.store import Run, list_runs

SMALL = [
    "--dataset",
    "digits",
    "--n",
    "32",
    "--steps",
    "2",
    "--device",
    "cpu",
    "--metric",
    "fd",
    "--metric",
    "recall_dist",
    "--no-floor",
]


def labelled(label: str) -> Run:
    (found,) = [run for run in list_runs("evaluation") if run.label == label]
    return found


def test_json_is_a_list_of_rows_and_nothing_else(measuring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--prior",
        "vanilla",
        "--prior",
        "ot",
        "--t-star",
        "9",
        "--t-star",
        "20",
        "--sets",
        "2",
        "--floor",
        "--json",
    ]
    assert main(["evaluate", *SMALL, *arguments]) == 0
    out, err = capsys.readouterr()
    rows = json.loads(out)
    assert [(row["prior"], row["t_star"]) for row in rows] == [
        ("real", None),
        ("vanilla", 9),
        ("vanilla", 20),
        ("ot", 9),
        ("ot", 20),
    ]
    for row in rows:
        assert [(k, v["name"]) for k, v in row["metrics"].items()] == [("fd", "FD-cnn"), ("recall_dist", "RecallDist")]
    assert rows[3]["metrics"]["fd"]["value"] is None and "trained at t = 10" in rows[3]["note"]
    assert all(
        row["metrics"]["fd"]["spread"] > 0 and row["metrics"]["fd"]["n"] == 32 for row in (rows[0], rows[2], rows[4])
    )
    assert "sampling" in err and "features" in err and "distances" in err


def test_the_table_can_be_seen_again_in_every_format(measuring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--prior", "gan", "--label", "again", *SMALL]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[0].split()[:2] == ["prior", "t*"] and "FD-cnn" in text and "data set digits" in text
    run = labelled("again")
    assert main(["evaluate", "--run", run.id]) == 0
    assert capsys.readouterr().out == text
    assert main(["evaluate", "--run", run.id, "--format", "csv"]) == 0
    (line,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert line["prior"] == "gan" and float(line["FD-cnn"]) > 0
    for format, mark in (("markdown", "| :-- |"), ("latex", r"\begin{tabular}")):
        assert main(["evaluate", "--run", run.id, "--format", format]) == 0
        assert mark in capsys.readouterr().out
    assert main(["evaluate", "--run", run.id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["n"] == 32


def test_a_stopped_one_shows_its_rows_and_how_to_go_on(
    measuring: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class StopAtTheSecondRow:
        def __call__(self, progress: Progress) -> None:
            run = labelled("to be stopped")
            if read_rows(run):
                request_stop(run)

        def close(self) -> None: ...

    monkeypatch.setattr("tdot_core.commands.evaluate.show", StopAtTheSecondRow())
    assert main(["evaluate", "--prior", "vanilla", "--prior", "gan", "--label", "to be stopped", *SMALL]) == 130
    out = capsys.readouterr().out
    run = labelled("to be stopped")
    assert run.status().state == "stopped" and [row.prior for row in read_rows(run)] == ["vanilla"]
    assert "Vanilla" in out and out.splitlines()[-1].endswith(f"runs resume {run.id}")


def test_what_fails_on_the_way_leaves_no_empty_run(
    measuring: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tdot_core.errors import TdotError

    def refuse(*args: object, **options: object) -> None:
        raise TdotError("The disk is full. Free space.")

    before = [run.id for run in list_runs("evaluation")]
    monkeypatch.setattr("tdot_core.services.sampling.drawn_sets.generate", refuse)
    assert main(["evaluate", "--prior", "vanilla", "--seed", "987654", "--json", *SMALL]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.splitlines()[-1] == "error: The disk is full. Free space."
    assert [run.id for run in list_runs("evaluation")] == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "needs --prior"),
        (["--prior", "nonsense"], "Unknown prior 'nonsense'"),
        (["--prior", "ot", "--n", "1"], "n must be from 2"),
        (["--prior", "ot", "--n", "many"], "invalid int value"),
        (["--prior", "ot", "--metric", "fid"], "Unknown metric 'fid'"),
        (["--prior", "ot", "--dataset", "nowhere"], "Unknown data set 'nowhere'"),
        (["--prior", "ot", "--t-star", "0"], "t_star must be at least 1, found 0"),
        (["--prior", "ot", "--t-star", "1001"], "t_star must be"),
        (["--prior", "ot", "--t-star", "9", "--steps", "5"], "trained at t = 10"),
        (["--prior", "ot", "--steps", "11"], "n_steps must be from 1 to t_star = 10"),
        (["--prior", "ot", "--layer", "64"], "Unknown layer of cifar-cnn '64'"),
        (["--prior", "ot", "--extractor", "eye"], "Unknown extractor 'eye'"),
        (["--prior", "ot", "--sampler", "euler"], "Unknown sampler 'euler'"),
        (["--prior", "ot", "--weights", "nowhere.pth"], "--weights is for extractor inception"),
        (["--prior", "ot", "--extractor", "inception", "--weights", "nowhere.pth"], "does not exist"),
        (["--prior", "ot", "--net", "nonsense"], "Unknown denoiser 'nonsense'"),
        (["--prior", "ot", "--device", "abacus"], "Unknown device 'abacus'"),
        (["--prior", "ot", "--format", "xlsx"], "Unknown table format 'xlsx'"),
        (["--prior", "ot", "--format", "csv", "--json"], "choose one"),
        (["--run", "nonsense"], "Unknown run 'nonsense'"),
        (["--prior", "ot", "--colour", "3"], "Unknown argument '--colour'"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_code_2(
    measuring: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = [run.id for run in list_runs("evaluation")]
    standard = [] if "--dataset" in arguments or not arguments else ["--dataset", "digits"]
    assert main(["evaluate", *arguments, *standard]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and message in err and len(err.splitlines()) == 1
    assert [run.id for run in list_runs("evaluation")] == before


def test_a_layer_that_the_weights_lack_is_not_measured(
    measuring: Path, inception_weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--prior", "vanilla", "--dataset", "digits", "--extractor", "inception", "--layer", "2048"]
    assert main(["evaluate", *arguments, "--weights", str(inception_weights)]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Layer 2048 of inception is not measured: the weights file lacks it" in err.splitlines()[-1]
