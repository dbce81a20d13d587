"""`compare`, `evaluate --compare` and `--prior-error` from the outside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tdot_core.__main__ import main
from tdot_core.services.runs.store import list_runs

SMALL = [
    "--dataset",
    "digits",
    "--n",
    "32",
    "--steps",
    "2",
    "--t-star",
    "20",
    "--device",
    "cpu",
    "--metric",
    "fd",
    "--metric",
    "coverage",
]


def test_two_priors_of_one_evaluation_are_compared_set_by_set(
    measuring: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(
            [
                "evaluate",
                "--prior",
                "vanilla",
                "--prior",
                "gaussian",
                "--sets",
                "3",
                "--compare",
                "--label",
                "both",
                *SMALL,
            ]
        )
        == 0
    )
    text = capsys.readouterr().out
    assert "Vanilla against Gaussian, t* = 20" in text and "Gaussian is better." in text and "95% intervals" in text
    (run,) = [run for run in list_runs("evaluation") if run.label == "both"]
    assert main(["compare", "gaussian", "vanilla", "--run", run.id, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    fd = found["metrics"][0]
    assert (fd["metric"], fd["title"], fd["count"], fd["better"], fd["measurable"]) == (
        "fd",
        "FD-cnn",
        3,
        "first",
        True,
    )
    assert fd["low"] < fd["difference"] < fd["high"] < 0 and fd["difference"] == pytest.approx(
        fd["first"] - fd["second"]
    )
    assert main(["compare", "vanilla", "gaussian", "--metric", "fd"]) == 0
    assert "Coverage" not in capsys.readouterr().out


def test_one_set_is_compared_by_jackknife_where_that_is_honest(
    measuring: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "evaluate",
        "--prior",
        "vanilla",
        "--prior",
        "vanilla",
        "--prior",
        "gaussian",
        "--n",
        "64",
        "--compare",
        "--json",
    ]
    assert main([*arguments, *(a for a in SMALL if a not in ("--n", "32"))]) == 0
    (found,) = json.loads(capsys.readouterr().out)["comparisons"]
    fd, coverage = found["metrics"]
    assert fd["count"] == 10 and fd["method"].startswith("jackknife") and fd["measurable"] is True
    assert coverage["measurable"] is None and "--sets 3" in coverage["note"]


def test_the_error_is_split_at_the_oracle(measuring: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            ["evaluate", "--prior", "vanilla", "--prior", "gaussian", "--sets", "2", "--prior-error", "--json", *SMALL]
        )
        == 0
    )
    document = json.loads(capsys.readouterr().out)
    assert [row["prior"] for row in document["rows"]] == ["real", "vanilla", "gaussian", "oracle:digits"]
    splits = document["prior_error"]
    assert [split["prior"] for split in splits] == ["vanilla", "gaussian"]
    for split in splits:
        assert split["floor"]["value"] + split["gap"]["difference"] == pytest.approx(split["observed"]["value"])
        start = split["start"]
        assert set(start) == {"sliced", "bures", "sliced_floor", "bures_floor"}
        assert start["sliced"]["value"] > start["sliced_floor"]["value"] > 0
    assert splits[0]["start"]["bures"]["value"] > splits[1]["start"]["bures"]["value"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compare", "ot"], "required: second"),
        (["compare", "ot", "gan", "--metric", "iq"], "Unknown metric 'iq'"),
        (["compare", "ot", "gan", "--run", "nonsense"], "Unknown run 'nonsense'"),
        (["compare", "nonsense", "ot"], "No row of 'nonsense' is there to compare"),
    ],
)
def test_mistakes_are_one_sentence(
    measuring: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--prior", "vanilla", "--label", "some", *SMALL]) == 0
    capsys.readouterr()
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and message in err and len(err.splitlines()) == 1


def test_without_any_evaluation_it_says_how_to_make_one(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "ot", "gan"]) == 2
    assert "evaluate --prior ot --prior gan --sets 3" in capsys.readouterr().err
