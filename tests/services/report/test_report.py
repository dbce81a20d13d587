"""A report: one page that holds what was chosen, asks no host for anything, and takes names as they are."""

from __future__ import annotations

import base64
import csv
import dataclasses
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tdot_core.__main__ import main
from tdot_core.errors import TdotError
from tdot_core.services.report.page import report_page, write_report
from tdot_core.services.report.sheets import COLUMNS, IMAGES, SCALE, Sheet, chosen_rows, draw_sheets
from tdot_core.services.report.tables import table_html
from tdot_core.services.results.benchmark import SHIPPED, TableRow, shipped_rows
from tdot_core.services.results.commands import commands_of
from tdot_core.services.results.headline import findings, sentence
from tdot_core.services.results.rows import EvaluationRow


class Page(HTMLParser):
    """The tags of a page with their attributes, and the words outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside = tag if tag in ("script", "style") else self.inside

    def handle_endtag(self, tag: str) -> None:
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)


@pytest.fixture(scope="module")
def rows() -> list[TableRow]:
    return [item for item in shipped_rows() if item.row.layer in ("penultimate", "768")]


@pytest.fixture(scope="module")
def page(rows: list[TableRow]) -> str:
    return report_page(rows, "My <title>")


def addresses(parsed: Page) -> Iterator[str]:
    for tag, attributes in parsed.tags:
        for name in ("src", "href", "action", "data"):
            if (value := attributes.get(name)) and not (tag == "a" and name == "href" and value.startswith("#")):
                yield value


def test_the_page_loads_nothing(page: str) -> None:
    assert all(value.startswith("data:") for value in addresses(Page(page)))
    assert "@import" not in page.partition("</style>")[0] and "url(" not in page.partition("</style>")[0]


def test_it_holds_result_figures_tables_commands_provenance_and_citations(page: str, rows: list[TableRow]) -> None:
    plain = [item.row for item in rows]
    parsed = Page(page)
    words = "".join(parsed.words)
    assert "My <title>" in words and sentence(findings(plain)) in words
    assert sum(attributes.get("class") == "plotly-graph-div" for _, attributes in parsed.tags) == 7
    assert all(command in words for command in commands_of(plain))
    assert all(f"{{{key}," in words for key in ("heusel2017", "song2021ddim", "zheng2023tdpm"))
    assert all(name in words for name in ("Provenance", "cifar10", "bf16", "TDOT code"))
    figures = [attributes for _, attributes in parsed.tags if attributes.get("class") == "chart"]
    assert len(figures) == 7 and all(attributes["role"] == "img" and attributes["aria-label"] for attributes in figures)


def test_every_row_is_in_a_table_and_in_the_csv(page: str, rows: list[TableRow]) -> None:
    assert page.count("<tr><td><span") + page.count("<tr class=apart>") == len(rows)
    (data,) = re.findall(r"data:text/csv;base64,([^\"]+)", page)
    lines = list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))
    assert [line["prior"] for line in lines] == [item.row.prior for item in rows]
    assert float(lines[0]["FD-cnn"]) == rows[0].row.metrics["fd"].value


def test_the_best_is_marked_among_what_competes_on_equal_numbers(rows: list[TableRow]) -> None:
    table = table_html([item.row for item in rows if item.row.layer == "penultimate"], "fd")
    marked = [line for line in table.split("<tr") if "class=best" in line]
    assert marked and not any("Oracle" in line or "class=apart" in line or "x 500<" in line for line in marked)
    first = next(line for line in marked if "OT (local)" in line)
    assert "<td class=best>3.558 ± 0.008</td>" in first


def test_the_time_grid_has_a_column_where_it_differs(rows: list[TableRow]) -> None:
    plain = [item.row for item in rows[:3]]
    assert "<th>grid</th>" not in table_html(plain, "fd")
    other = table_html([*plain, dataclasses.replace(plain[0], grid="logsnr")], "fd")
    assert "<th>grid</th>" in other and other.count("<td>uniform</td>") == 3 and "<td>logsnr</td>" in other


def test_names_are_text_and_never_markup(rows: list[TableRow]) -> None:
    name = "</script><img src=x onerror=alert(1)>"
    hostile = [TableRow(dataclasses.replace(item.row, label=name, note=name), SHIPPED) for item in rows[:4]]
    html = report_page(hostile, name, [Sheet(hostile[0].row, why=name)])
    assert "<img src=x" not in html and "</script><img" not in html
    assert name in "".join(Page(html).words)


def test_pictures_are_those_that_the_seeds_draw_and_what_cannot_be_drawn_says_why(
    tiny: Path, rows: list[TableRow]
) -> None:
    from tdot_core import SampleSettings, generate, load_net, load_prior

    drawn = dataclasses.replace(rows[0].row, prior="vanilla", run="", t_star=50, n_steps=2, sampler="ddim", seed=0)
    gone = dataclasses.replace(drawn, prior="gan", run="no-such-run")
    sheet, missing = draw_sheets([drawn, gone])
    pixels = np.asarray(Image.open(io.BytesIO(sheet.png)))
    settings = SampleSettings(50, 2, "ddim", None, 0, IMAGES)
    images = np.concatenate([c.images for c in generate([load_prior("vanilla")], load_net("denoiser"), settings)])
    side = 32 * SCALE + 2
    assert np.array_equal(
        pixels[side : side + 32 * SCALE : SCALE, side : side + 32 * SCALE : SCALE], images[COLUMNS + 1]
    )
    assert not missing.png and "no-such-run" in missing.why


def test_one_setting_of_each_prior_is_drawn_its_best(rows: list[TableRow]) -> None:
    chosen = {row.label: row for row in chosen_rows([item.row for item in rows if item.row.layer == "penultimate"])}
    assert chosen["OT (local)"].t_star == 400 and len(chosen) == 8


def test_no_rows_and_no_folder_are_sentences(tmp_path: Path) -> None:
    with pytest.raises(TdotError, match="no rows"):
        report_page([])
    with pytest.raises(TdotError, match="does not exist"):
        write_report(tmp_path / "not" / "there.html", "")
    assert write_report(tmp_path, "x") == tmp_path / "report.html"


def test_the_command_writes_the_rows_asked_for(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "r.html"
    asked = ["--prior", "gan", "--space", "inception:768", "--t-star", "400", "--no-pictures"]
    assert main(["report", "--out", str(out), *asked, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 1
    words = unescape("".join(Page(out.read_text(encoding="utf-8")).words))
    assert "GAN (published)" in words and "OT (local)" not in words
    assert main(["report", "--out", str(out), "--prior", "nobody"]) == 2
    assert "inception:768" in capsys.readouterr().err


def test_a_sweep_without_rows_reports_that(tmp_path: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[[block]]\nprior = ["vanilla"]\ndataset = "digits"\n')
    assert main(["sweep", "report", str(path), "--out", str(tmp_path)]) == 2
    assert "no finished row" in capsys.readouterr().err
    assert main(["sweep", "report", str(path)]) == 2 and "--out" in capsys.readouterr().err


def test_a_row_of_any_metric_makes_a_page() -> None:
    item = shipped_rows()[0].row
    single: EvaluationRow = dataclasses.replace(item, metrics={"recall": item.metrics["recall"]})
    assert "Recall" in report_page([TableRow(single, SHIPPED)])
