"""A prior judged by the network it was trained through: shown and explained everywhere, and counted nowhere."""

from __future__ import annotations

import dataclasses

from tdot_core.metrics.value import MetricValue
from tdot_core.services.figures.points import point_of
from tdot_core.services.results.benchmark import TableRow
from tdot_core.services.results.export import records, to_latex, to_markdown
from tdot_core.services.results.headline import distance
from tdot_core.services.results.ranks import rank_ranges
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.results.table import best_rows, lay_out
from tests.evaluation_rows import row
from ui.results.rows import metric_frame, withheld
from ui.results.table import results_html


def measured(key: str, values: tuple[float, ...], **changes: object) -> EvaluationRow:
    mean = sum(values) / len(values)
    return row(key, metrics={"fd": MetricValue(mean, 0.1, 64, 100, len(values), values=values)}, **changes)


OWN = measured("ot", (0.1, 0.2), network="cifar-cnn", label="OT (features)")
ROWS = [OWN, measured("gan", (3.0, 3.1)), measured("vae", (5.0, 5.2))]


def test_it_is_never_the_best_nor_ranked_nor_a_point() -> None:
    assert best_rows(ROWS, "fd", "FD-cnn") == {1}
    ranks = rank_ranges(ROWS, "fd")
    assert ranks[0] is None and ranks[1] is not None and ranks[1].low == 1
    assert distance(OWN) == float("inf") and distance(ROWS[1]) == ROWS[1].metrics["fd"].value
    assert point_of(TableRow(OWN, "mine"), "fd") is None and point_of(TableRow(ROWS[1], "mine"), "fd") is not None


def test_the_table_brackets_the_number_and_says_why() -> None:
    table = lay_out(ROWS)
    assert table.cells[0][-1].startswith("[0.15 ± 0.10") and not table.cells[1][-1].startswith("[")
    assert any("CIFAR-10 classifier judges here" in note for note in table.notes)
    where = table.header.index("division")
    assert table.cells[0][where].startswith("frozen features allowed") and table.cells[1][where] == "from scratch"
    for text in (to_markdown(ROWS), to_latex(ROWS)):
        assert "judges here" in text and "from scratch" in text
    header, lines = records(ROWS)
    assert [line[header.index("division")] for line in lines] == [
        "frozen features allowed",
        "from scratch",
        "from scratch",
    ]


def test_screens_grey_it_out_with_the_reason() -> None:
    html = results_html(ROWS)
    assert html.count('class="no-judge"') == 1 and "judges here" in html and "[0.15" not in html
    items = [TableRow(one, "mine") for one in ROWS]
    frame = metric_frame(items, ["fd"])
    assert frame["FD-cnn"].isna().tolist() == [True, False, False]
    assert frame["division"].tolist() == ["frozen features allowed", "from scratch", "from scratch"]
    assert len(withheld(items)) == 1 and withheld(items)[0].startswith("OT (features)")


def test_another_judge_counts_and_rows_come_back_as_they_were() -> None:
    elsewhere = dataclasses.replace(OWN, extractor="inception", layer="64", resize="")
    assert elsewhere.no_judge == "" and distance(elsewhere) < 1
    assert EvaluationRow.from_json(OWN.to_json()) == OWN
    assert "network" not in ROWS[1].to_json()
