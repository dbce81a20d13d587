"""Tables as CSV, Markdown and LaTeX, read back by other means."""

from __future__ import annotations

import csv
import dataclasses
import io
import re
from pathlib import Path

import pandas as pd
import pytest

from tdot_core.errors import TdotError
from tdot_core.metrics.value import MetricValue
from tdot_core.services.results.export import EXPORTS, export_bytes, export_rows, format_of
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import lay_out, value_text


@pytest.fixture
def rows(row: EvaluationRow) -> list[EvaluationRow]:
    real = dataclasses.replace(
        row,
        prior="real",
        label="[Real] *images*\\",
        key="real",
        run="",
        net="",
        t_star=None,
        t_train=None,
        sampler="",
        eta=None,
        n_steps=None,
        nfe=0,
        nfe_prior=0,
        n=1000,
        seconds_prior=None,
        seconds_chain=None,
        note="Only 1,000\nare there.",
        metrics={"fd": MetricValue(-0.0023, None, 1000, 50_000)},
    )
    worse = row.metrics | {"fd": MetricValue(5.5, 0.04, 2000, 50_000, 3)}
    return [real, row, dataclasses.replace(row, t_star=300, label="~^<>_", metrics=worse)]


def test_csv_has_every_field_and_all_digits(rows: list[EvaluationRow]) -> None:
    table = list(csv.DictReader(io.StringIO(export_rows(rows, "csv"))))
    assert [line["label"] for line in table] == [row.label for row in rows]
    assert all(None not in line and None not in line.values() for line in table)
    one = table[1]
    assert float(one["RecallDist"]) == 16.0312345 and float(one["FID-64 spread"]) == 0.041
    assert (one["FID-64 n"], one["FID-64 n_real"], one["FID-64 sets"], one["RecallDist n_real"]) == (
        "2000",
        "50000",
        "3",
        "10000",
    )
    assert (one["Coverage"], one["Coverage note"], one["seconds_chain"]) == ("", "Too few images.", "0.0623")
    assert (table[0]["t_star"], table[0]["RecallDist"], table[0]["note"]) == ("", "", "Only 1,000\nare there.")


def test_markdown_is_one_table_with_settings_and_notes(rows: list[EvaluationRow]) -> None:
    caption, table, notes = export_rows(rows, "markdown").strip().split("\n\n")
    lines = [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines()]
    assert len(lines) == 5 and {len(line) for line in lines} == {8}
    assert [cell.strip() for cell in lines[0]][-3:] == ["FID-64", "RecallDist", "Coverage"]
    assert set("".join(lines[1])) == set(":- ")
    assert lines[3][0].strip() == r"OT \| 50% of $x\_1$ & {more} #3"
    assert [cell.strip() for cell in lines[3]][-3:] == [
        "**2.914 ± 0.041 (n = 2,000)**",
        "**16.03 ± 0.50 (n = 2,000)**",
        "not measured",
    ]
    assert [cell.strip() for cell in lines[2]][-3:] == ["-0.002 (n = 1,000, one image set)", "-", "-"]
    for setting in (
        "data set cifar10",
        "extractor inception 64",
        "real images 50,000",
        "steps 10",
        "first seed 0",
        "n per set 2,000",
    ):
        assert setting in caption
    assert notes.splitlines()[0] == r"- \[Real\] \*images\*\\: Only 1,000 are there."
    assert r"RecallDist: Mind \*this\*\_." in notes


def _tabular(text: str) -> list[list[str]]:
    """Split a tabular at unescaped & and \\\\, undoing the escapes as TeX would."""
    (body,) = re.findall(r"\\begin\{tabular\}\{l(r*)\}(.*)\\end\{tabular\}", text, flags=re.S)
    inside = re.sub(r"\\(top|mid|bottom)rule\n", "", body[1]).strip()
    lines = [re.split(r"(?<!\\)&", line) for line in re.split(r" \\\\(?:\n|$)", inside) if line]
    assert {len(line) for line in lines} == {1 + len(body[0])}
    return [[_plain(cell.strip()) for cell in line] for line in lines]


def _plain(cell: str) -> str:
    assert not re.search(r"(?<!\\)[%#_~^]", cell), cell
    for command, character in (
        (r"\textbackslash{}", "\0"),
        (r"\textasciitilde{}", "~"),
        (r"\textasciicircum{}", "^"),
        (r"\textless{}", "<"),
        (r"\textgreater{}", ">"),
        (r"$\pm$", "±"),
        ("{[}", "["),
        ("{]}", "]"),
        ("{*}", "*"),
        ("$-$", "-"),
    ):
        cell = cell.replace(command, character)
    return re.sub(r"\\([&%$#_{}])", r"\1", cell).replace("\0", "\\")


def test_latex_is_one_escaped_tabular(rows: list[EvaluationRow]) -> None:
    text = export_rows(rows, "latex")
    lines = _tabular(text)
    assert [line[0] for line in lines] == ["prior", *(row.label for row in rows)]
    assert lines[0][-3:] == ["FID-64", "RecallDist", "Coverage"]
    assert lines[2][-3:] == [
        r"\textbf{2.914 ± 0.041 (n = 2,000)}",
        r"\textbf{16.03 ± 0.50 (n = 2,000)}",
        "not measured",
    ]
    assert lines[3][-3] == "5.500 ± 0.040 (n = 2,000)" and text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    assert lines[1][-3] == "-0.002 (n = 1,000, one image set)" and "$-$0.002" in text
    assert not re.search(r"\\\\\n\s*[\[*]", text)
    (caption,) = re.findall(r"\\caption\{(.*)\}\n", text)
    assert "data set cifar10" in caption and "Only 1,000 are there." in caption


def test_settings_that_differ_become_columns(row: EvaluationRow) -> None:
    table = lay_out([row, dataclasses.replace(row, n_steps=5, n=100, layer="192")])
    assert table.header[5:8] == ["extractor", "steps", "n per set"] and table.n_named == 8
    assert [line[5:8] for line in table.cells] == [["inception 64", "10", "2,000"], ["inception 192", "5", "100"]]
    assert [h for h in table.header if h.startswith("FID")] == ["FID-64", "FID-192"]
    assert table.cells[0][9] == table.cells[1][8] == "-" and "steps" not in table.caption.partition(".")[0]


def test_a_note_that_concerns_all_is_said_once(row: EvaluationRow) -> None:
    other = dataclasses.replace(row, label="B", t_star=20)
    assert "RecallDist: Mind *this*_." in lay_out([row, other]).notes
    alone = dataclasses.replace(
        row, metrics={"recall_dist": MetricValue(1.0, note="x"), "fd": MetricValue(1.0)}, label="A"
    )
    silent = dataclasses.replace(alone, metrics={"recall_dist": MetricValue(1.0), "fd": MetricValue(1.0)}, label="B")
    assert lay_out([alone, silent]).notes == ["A at t* = 10, ddim, RecallDist: x"]


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [(2.914, 0.041, "2.914 ± 0.041"), (157.722, 0.1836, "157.72 ± 0.18"), (16390.4, 123.0, "16390 ± 123"), (0.5, 0.0, "0.5 (equal on all sets)"), (68.0, 0.0, "68 (equal on all sets)"),
     (-0.00233, 0.0098, "-0.0023 ± 0.0098"), (9.96, 0.0996, "9.96 ± 0.10"), (1e-12, 2e-13, "1e-12 ± 2e-13"), (60.1, None, "60.1"),
     (123456.0, None, "1.235e+05"), (0.0, None, "0"), (None, None, "not measured")],
)  # fmt: skip
def test_values_are_rounded_to_two_digits_of_their_spread(value: float | None, spread: float | None, text: str) -> None:
    assert value_text(MetricValue(value, spread, n=2000), n=False) == text


def test_a_column_has_the_same_decimals_throughout(row: EvaluationRow) -> None:
    def with_fd(label: str, value: float, spread: float | None) -> EvaluationRow:
        return dataclasses.replace(row, label=label, metrics={"fd": MetricValue(value, spread, n=9, sets=3)})

    rows = [
        with_fd("A", 3.5581, 0.0082),
        with_fd("B", 20.69, 0.021),
        with_fd("C", 4.1, None),
        with_fd("D", 8.0, 0.0093),
    ]
    texts = [line[-1] for line in lay_out(rows, n=False).cells]
    assert texts == ["3.5581 ± 0.0082", "20.6900 ± 0.0210", "4.1000 (one image set)", "8.0000 ± 0.0093"]
    tiny = [*rows[:3], with_fd("E", 1e-7, 1e-8)]
    assert [line[-1] for line in lay_out(tiny, n=False).cells][3] == "1e-07 ± 1e-08", "never a 0 that is none"


@pytest.mark.parametrize("format", list(EXPORTS))
def test_no_rows_are_refused(format: str) -> None:
    with pytest.raises(TdotError, match="no rows"):
        export_bytes([], format)


def test_an_unknown_format_lists_the_known(row: EvaluationRow) -> None:
    with pytest.raises(TdotError, match="'xlsx'. Known: bibtex, csv, latex, markdown, parquet"):
        export_rows([row], "xlsx")


def test_parquet_has_numbers_as_numbers_and_every_set(rows: list[EvaluationRow], tmp_path: Path) -> None:
    value = MetricValue(2.0, 0.5, 2000, 50_000, 2, "", (1.5, 2.5))
    rows.append(dataclasses.replace(rows[1], metrics={"fd": value}, start={"bures": MetricValue(3.25, None, 500, 9)}))
    (tmp_path / "x.parquet").write_bytes(export_bytes(rows, "parquet"))
    frame = pd.read_parquet(tmp_path / "x.parquet")
    assert frame["label"].tolist() == [row.label for row in rows]
    assert frame["FID-64"].tolist()[-1] == 2.0 and list(frame["FID-64 values"].iloc[-1]) == [1.5, 2.5]
    assert frame["t_star"].isna().tolist() == [True, False, False, False] and frame["t_star"].iloc[-1] == 10
    assert frame["start_bures"].iloc[-1] == 3.25 and frame["RecallDist"].isna().iloc[-1]
    table = pd.read_csv(io.BytesIO(export_bytes(rows, "csv")))
    assert table["FID-64 values"].iloc[-1] == "1.5 2.5" and table["start_bures n"].iloc[-1] == 500
    with pytest.raises(TdotError, match=r"--out FILE\.parquet"):
        export_rows(rows, "parquet")


def test_every_feature_space_has_a_table_of_its_own(row: EvaluationRow) -> None:
    other = dataclasses.replace(row, layer="192")
    assert export_rows([row, other], "latex").count(r"\begin{tabular}") == 2
    captions = [line for line in export_rows([row, other], "markdown").splitlines() if "extractor" in line]
    assert "inception 64" in captions[0] and "inception 192" in captions[1]


def test_bibtex_cites_the_metrics_that_are_there_once(row: EvaluationRow) -> None:
    text = export_rows([row, row], "bibtex")
    entries = re.findall(r"@(\w+)\{(\w+),\n((?:  \w+ = \{.*\},\n)+)\}\n", text)
    assert [(kind, key) for kind, key, _ in entries] == [
        ("inproceedings", "heusel2017"),
        ("inproceedings", "naeem2020"),
    ]
    assert (
        text.count("{") == text.count("}") and "author = {Heusel and Ramsauer and" in text and "year = {2017}" in text
    )
    assert "page2018" in export_rows([dataclasses.replace(row, extractor="cifar-cnn")], "bibtex")


def test_a_files_ending_names_its_format(tmp_path: Path) -> None:
    assert [format_of(tmp_path / f"x{ending}") for ending in (".csv", ".parquet", ".md", ".tex", ".bib")] == [
        "csv",
        "parquet",
        "markdown",
        "latex",
        "bibtex",
    ]
    with pytest.raises(TdotError, match=r"must end in one of \.csv, "):
        format_of(tmp_path / "x.xlsx")
    with pytest.raises(TdotError, match="folder of --out does not exist"):
        format_of(tmp_path / "gone" / "x.csv")
