"""Every place that takes an upload, in a real browser on the real server: what arrives is what was sent, or one sentence."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page

from browser_driving import settle, visit
from browser_server import running_app
from browser_waits import expect, while_at_work
from tdot_core.services.datasets import load_dataset
from tdot_core.services.runs.export import export_runs
from tdot_core.services.runs.store import list_runs

pytestmark = pytest.mark.browser

IMAGES = np.random.default_rng(18).integers(0, 256, (60, 32, 32, 3), dtype=np.uint8)
LABELS = np.arange(60) % 3


@pytest.fixture(scope="module")
def upload_cache(measuring_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the cache of the two-step models, with nothing shipped beside it."""
    folder = tmp_path_factory.mktemp("uploads")
    shutil.copytree(measuring_models / "cache", folder / "cache")
    return folder / "cache"


@pytest.fixture(scope="module")
def upload_app(upload_cache: Path) -> Iterator[str]:
    with running_app(
        upload_cache, upload_cache.parent / "server.log", assets=upload_cache.parent / "assets"
    ) as address:
        yield address


@pytest.fixture
def page(open_page: Callable[..., Page], upload_app: str) -> Page:
    return open_page(upload_app)


def _png(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"image": [_png(image) for image in IMAGES], "label": LABELS}), buffer)
    return buffer.getvalue()


def sent(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def upload(page: Page, key: str, *files: FilePayload) -> None:
    page.locator(f".st-key-{key} input[type=file]").set_input_files(list(files))


def upload_data_set(page: Page, file: FilePayload) -> None:
    """Give one file to the fold of data sets on the Images view and press the button that takes it in."""
    visit(page, "priors?view=images")
    page.locator(".st-key-dataset_add summary").click()
    page.get_by_role("tab", name="Upload a zip").click()
    upload(page, "dataset_upload", file)
    page.get_by_role("button", name="Import this zip").click()


@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_an_uploaded_file_of_arrays_becomes_the_data_set_that_it_holds(
    page: Page, upload_cache: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _npz(images=IMAGES, labels=LABELS) if ending == "npz" else _parquet()
    upload_data_set(page, sent(f"My Faces {ending}.{ending}", content))
    name = f"my-faces-{ending}"
    expect(page.locator(".st-key-dataset input").first).to_have_value(
        re.compile(rf"{name} \(\d\d training, \d+ test images\)")
    )
    expect(page.locator(".st-key-dataset_classes")).to_contain_text("3 classes")
    monkeypatch.setenv("TDOT_CACHE", str(upload_cache))
    found = load_dataset(name)
    labels = {image.tobytes(): int(label) for image, label in zip(IMAGES, LABELS, strict=True)}
    for split in ("train", "test"):
        told = found.labels(split)
        assert told is not None
        assert [labels.pop(image.tobytes()) for image in found.images(split)] == told.tolist()
    assert not labels, "every image was sent, and none is there twice"


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (
            sent("objects.npz", _npz(images=np.array([None, 1], dtype=object))),
            "holds pickled Python objects, which are never read",
        ),
        (sent("broken.zip", b"PK\x03\x04" + bytes(40)), "is neither a folder nor a whole zip file"),
        (sent("range.npy", _npz(x=IMAGES / 2.55)), r"The range of x is not certain"),
    ],
)
def test_an_uploaded_file_that_cannot_be_read_is_one_sentence(
    page: Page, upload_cache: Path, file: FilePayload, said: str
) -> None:
    before = sorted(path.name for path in (upload_cache / "datasets" / "names").glob("*"))
    upload_data_set(page, file)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile(said))
    expect(alert).to_have_count(1)
    assert sorted(path.name for path in (upload_cache / "datasets" / "names").glob("*")) == before
    assert not list(upload_cache.glob(".upload-*"))


def test_uploaded_images_are_measured_against_an_uploaded_real_side(page: Page) -> None:
    """Images against themselves are at distance 0, and against others they are not."""
    visit(page, "evaluate?data=digits&prior=vanilla&t_star=20&n=30&sets=1&n_steps=2&metric=fd&include_floor=false")
    page.locator(".st-key-e_outside summary").click()
    other = np.random.default_rng(3).integers(0, 128, IMAGES.shape, dtype=np.uint8)
    upload(
        page,
        "e_images_upload",
        sent("same.npz", _npz(images=IMAGES)),
        sent("other.npz", _npz(images=other)),
    )
    upload(page, "e_real_upload", sent("real.npz", _npz(images=IMAGES)))
    page.locator(".st-key-n input").fill("60")
    page.locator(".st-key-n input").press("Enter")
    expect(page.get_by_text(re.compile("1 rows: 60 images"))).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".st-key-e_run").get_by_text("done", exact=True)).to_be_visible()
    rows = page.locator(".tdot-table").first.locator("tbody tr")
    same, others = (rows.filter(has_text=name) for name in ("same.npz", "other.npz"))
    expect(same).to_have_count(1)
    expect(others).to_have_count(1)
    value = {name: _fd(row.inner_text()) for name, row in (("same", same), ("other", others))}
    # A network of two steps gives small features, so that other pictures are not far away, but they are not at 0.
    assert value["same"] < 1e-9 and value["other"] > 1e-3


def _fd(row: str) -> float:
    """Return the first number of a row behind its name."""
    return float(re.findall(r"-?\d+\.\d+(?:e-?\d+)?", row.partition(".npz")[2])[0])


def test_an_uploaded_run_stands_in_the_library(
    page: Page, upload_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TDOT_CACHE", str(upload_cache))
    monkeypatch.setenv("TDOT_ASSETS", str(upload_cache.parent / "assets"))
    (run,) = list_runs("ot")
    export_runs([run], tmp_path / "run.zip")
    weights = run.weights_path.read_bytes()
    shutil.rmtree(run.path)
    visit(page, "priors")
    page.locator(".st-key-load-run-fold summary").click()
    upload(page, "load-run", sent("run.zip", (tmp_path / "run.zip").read_bytes()))
    page.locator(".st-key-load-run-start button").click()

    def arrived() -> None:
        assert [found.id for found in list_runs("ot")] == [run.id]

    while_at_work(page, arrived)
    settle(page)
    assert list_runs("ot")[0].weights_path.read_bytes() == weights
    expect(page.get_by_role("alert")).to_have_count(0)
