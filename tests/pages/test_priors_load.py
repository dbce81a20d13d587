"""Loading an exported run on the Priors screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.store import list_runs
from ui.priors.export import zip_of

Screen = Callable[..., AppTest]


@pytest.fixture
def exported(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The tiny ot run as the bytes of its zip, beside an empty cache."""
    export_runs([list_runs("ot")[0]], tmp_path / "ot.zip")
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "elsewhere"))
    return (tmp_path / "ot.zip").read_bytes()


def load(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader(key="load-run").upload("run.zip", content, "application/zip").run()
    return app.button(key="load-run-start").click().run()


def test_a_loaded_run_stands_in_the_list(screen: Screen, exported: bytes) -> None:
    app = load(screen("priors"), exported)
    assert not app.exception and not app.error
    (run,) = list_runs("ot")
    assert run.status().state == "done"
    assert app.radio(key="priors-run").value == run.id


def test_a_zip_of_something_else_is_a_sentence(screen: Screen, exported: bytes) -> None:
    app = load(screen("priors"), exported[: len(exported) // 2])
    assert not app.exception and "not a whole zip" in app.error[0].value
    assert list_runs("ot") == []


def test_what_is_listed_goes_as_one_zip_and_comes_in_as_several(
    screen: Screen, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = zip_of([list_runs(kind)[0] for kind in ("gan", "vae")])
    monkeypatch.setenv("TDOT_CACHE", str(tmp_path / "elsewhere"))
    app = load(screen("priors"), both)
    assert not app.exception and not app.error
    assert {run.kind for run in list_runs()} == {"gan", "vae"}
    assert app.radio(key="priors-run").value == list_runs("gan")[0].id
    assert app.get("download_button")[0].proto.label == "Export these 2"
