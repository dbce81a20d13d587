"""The sentence of the result: made from the table, at equal calls and images, never by the shallowest features alone."""

from __future__ import annotations

from tdot_core.metrics.value import MetricValue
from tdot_core.services.figures.headline import CEILING, CHAIN, headline_figure
from tdot_core.services.results.headline import findings, sentence
from tdot_core.services.results.rows import EvaluationRow
from tests.evaluation_rows import row


def measured(key: str, fd: float, t_star: int = 400, **changes: object) -> EvaluationRow:
    return row(key, t_star=t_star, metrics={"fd": MetricValue(fd, 0.02, 64, 100, 2)}, **changes)


def space(
    best: str, layer: str = "penultimate", extractor: str = "cifar-cnn", **changes: object
) -> list[EvaluationRow]:
    at = {"extractor": extractor, "layer": layer} | changes
    worse, better = ("gan", "vae") if best == "vae" else ("vae", "gan")
    return [
        measured("vanilla", 5.0, 1000, **at),
        measured("vanilla", 4.0, 1000, sampler="unipc", **at),
        measured("vanilla", 1.0, 400, **at),
        measured("oracle", 0.5, **at),
        measured(better, 3.0, **at),
        measured(better, 2.0, 10, **at),
        measured(worse, 3.5, **at),
    ]


def test_the_best_contestant_stands_beside_the_best_whole_chain() -> None:
    (finding,) = findings(space("vae"))
    assert (finding.leader.key, finding.leader.t_star) == ("vae", 10), "neither oracle nor noise that starts late leads"
    assert finding.chain.sampler == "unipc" and finding.oracle is None, "no oracle at t* = 10"
    assert [r.key for r in finding.best] == ["vae", "gan"]
    text = sentence([finding])
    assert "t* = 10 from VAE, 10 calls" in text and "FD-cnn 2.000 ± 0.020" in text and "4.000 ± 0.020." in text


def test_other_calls_and_other_numbers_of_images_are_not_compared() -> None:
    rows = space("vae")
    cheap = [measured("gan", 0.1, nfe=50, n_steps=50), measured("gan", 0.2, n=63)]
    assert findings(rows + cheap) == findings(rows)
    assert findings([r for r in rows if r.t_star != 1000]) == [] and sentence([]) == ""


def test_two_spaces_of_two_networks_and_their_leaders() -> None:
    found = findings(space("vae") + space("gan", "64", "inception") + space("gan", "768", "inception"))
    assert [f.title for f in found] == ["FD-cnn", "FID-768"]
    assert "By FID-768 the best is GAN at t* = 10 with 2.000 ± 0.020 against 4.000 ± 0.020." in sentence(found)
    assert "By FID-768 it is also 2.000" in sentence(findings(space("vae") + space("vae", "768", "inception")))


def test_the_shallowest_layer_alone_is_called_no_result() -> None:
    assert "no result by itself" in sentence(findings(space("vae", "64", "inception")))
    deep = findings(space("vae", "64", "inception") + space("vae", "192", "inception"))
    assert [f.title for f in deep] == ["FID-192", "FID-64"] and "no result" not in sentence(deep)


def test_a_leader_that_does_not_beat_the_chain_is_said() -> None:
    rows = [measured("vanilla", 1.0, 1000), measured("vae", 2.0)]
    assert sentence(findings(rows)).endswith("1.000 ± 0.020, which is better.")


def test_the_figure_marks_every_prior_the_chain_and_the_oracle_apart() -> None:
    rows = space("vae") + [measured("oracle", 0.4, 10)]
    figure = headline_figure(findings(rows))
    assert [trace.name for trace in figure.data] == ["VAE", "GAN", CHAIN, CEILING]
    assert figure.data[-1].marker.symbol == "circle-open" and figure.layout.shapes[0].x0 == 4.0
    assert list(figure.layout.yaxis.categoryarray)[:2] == [CEILING, CHAIN], "below the contestants"


def test_numbers_stand_away_from_the_line_to_beat() -> None:
    rows = [measured("vanilla", 4.0, 1000), measured("vae", 3.0), measured("gan", 5.0), measured("oracle", 0.1)]
    sides = {trace.name: trace.textposition for trace in headline_figure(findings(rows)).data}
    assert sides == {"VAE": "middle left", "GAN": "middle right", CHAIN: "middle right", CEILING: "middle right"}
