"""The training path in a real browser: import real images, train, stop, resume, sample beside the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from browser_driving import settle, visit
from browser_server import running_app
from browser_waits import expect

pytestmark = pytest.mark.browser


def fill(page: Page, key: str, value: str) -> None:
    """Type a number or text into the field with this key and wait until the app has taken it."""
    field = page.locator(f".st-key-{key} input")
    field.fill(value)
    field.press("Enter")
    settle(page)


def import_zip(page: Page, path: Path) -> None:
    """Upload a zip on the Images view, click elsewhere meanwhile, and wait until it is the chosen data set."""
    visit(page, "priors?view=images")
    page.locator(".st-key-dataset_add summary").click()
    page.get_by_role("tab", name="Upload a zip").click()
    page.locator(".st-key-dataset_upload input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Import this zip").click()
    expect(page.get_by_text("Decoding: ")).to_be_visible()
    page.get_by_text("Strict").locator("visible=true").click()
    expect(page.locator(".st-key-dataset input").first).to_have_value(
        "cifar10-mini (2,000 training, 1,000 test images)"
    )


def start_training(page: Page) -> None:
    """Fill in the form for a small `ot` prior and start it."""
    visit(page, "priors?view=train&prior=ot&t_train=10&dataset=cifar10-mini")
    for name, value in {"epochs": "1", "batch": "16", "latent": "16", "width": "8", "n_projections": "64"}.items():
        fill(page, f"train-ot-{name}", value)
    fill(page, "train-label-ot", "Mine")
    expect(page.get_by_text("125 steps per epoch, 125 in all")).to_be_visible()
    page.get_by_role("button", name="Start training").click()


@pytest.fixture
def measuring_app(tmp_path: Path, inception_weights: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The app with an empty cache and real Inception weights at hand."""
    monkeypatch.setenv("TDOT_INCEPTION", str(inception_weights))
    with running_app(tmp_path / "cache", tmp_path / "server.log") as address:
        yield address


def stop_and_resume(page: Page) -> None:
    """Stop the training at work, refresh, resume it and wait for its end."""
    page.locator("[class*=st-key-stop-live-]").get_by_role("button").click()
    resume = page.locator("[class*=st-key-resume-detail-]").get_by_role("button")
    expect(resume).to_be_visible()
    page.reload()
    settle(page)
    expect(resume).to_be_visible()
    resume.click()
    expect(page.get_by_text("done, 125 steps").first).to_be_visible()


def sample_beside_the_others(page: Page) -> None:
    sample = page.get_by_role("button", name="Sample it beside the others")
    expect(sample).to_have_count(1)
    sample.click()
    expect(page.get_by_role("heading", name="Sample")).to_be_visible()
    expect(page.locator("[class*=st-key-column-]").get_by_text("Mine")).to_be_visible()
    expect(page.get_by_role("group", name="Mine").locator("button")).to_have_count(16)
    expect(page.get_by_role("group", name="Vanilla").locator("button")).to_have_count(16)


def evaluate_with_fid_64(page: Page, run_id: str) -> None:
    """Measure the new prior beside vanilla against the 2,000 imported images."""
    space = "data=cifar10-mini&features=inception:64&n=32&n_steps=2"
    visit(page, f"evaluate?{space}&prior=vanilla&prior={run_id}&t_star=10")
    expect(page.get_by_text("2 rows:")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.locator(".st-key-e_run").get_by_text("done", exact=True)).to_be_visible()
    settle(page)
    table = page.locator(".tdot-table").first
    expect(table.locator("thead")).to_contain_text("FID-64")
    expect(table.locator("thead")).to_contain_text("RecallDist")
    mine = table.locator("tbody tr").filter(has_text="Mine")
    expect(mine).to_have_count(1)
    numbers = [float(n) for n in re.findall(r"\d+\.\d+", mine.inner_text())]
    assert numbers and max(numbers) > 0


def find_in_the_pca(page: Page, run_id: str) -> None:
    visit(page, f"features?data=cifar10-mini&prior={run_id}&n=16&n_steps=2&n_real=200")
    expect(page.locator(".st-key-features-chart .scatterlayer .trace")).to_have_count(3)
    expect(page.locator(".st-key-features-chart .legend")).to_contain_text("Mine")


@pytest.mark.real
def test_import_train_sample_evaluate_and_look(
    measuring_app: str, open_page: Callable[..., Page], mini_zip: Path, tmp_path: Path
) -> None:
    """The main job: real images come in, and a new prior goes through every screen."""
    page = open_page(address=measuring_app)
    import_zip(page, mini_zip)
    start_training(page)
    stop_and_resume(page)
    (run,) = (tmp_path / "cache" / "runs").glob("ot-*")
    sample_beside_the_others(page)
    evaluate_with_fid_64(page, run.name)
    find_in_the_pca(page, run.name)
    assert f"prior={run.name}" in page.url
    (rows,) = (tmp_path / "cache" / "runs").glob("evaluation-*/rows.json")
    assert run.name in rows.read_text(encoding="utf-8") and "FID-64" in rows.read_text(encoding="utf-8")


def test_the_sample_screen_answers_clicks_sliders_and_the_back_button(page: Page) -> None:
    visit(page, "sample?n=4&n_steps=2&prior=vanilla&prior=gaussian")
    shown = page.get_by_role("group", name="Gaussian")
    expect(shown).to_have_attribute("data-shown", re.compile("."))
    first = shown.get_attribute("data-shown")
    page.get_by_role("button", name="500", exact=True).click()
    expect(shown).not_to_have_attribute("data-shown", str(first))
    assert "t_star=500" in page.url
    page.go_back()
    expect(shown).to_have_attribute("data-shown", str(first))

    settle(page)
    page.locator(".player input").focus()
    page.keyboard.press("Home")
    expect(shown).not_to_have_attribute("data-shown", str(first))
    expect(page).to_have_url(re.compile("at=0"))
    shown.get_by_role("button", name="Gaussian, seed 2").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Seed 2 in every column")).to_be_visible()
    expect(dialog.locator("img")).to_have_count(4)
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Arrays (NPZ)").click()
    assert download.value.suggested_filename == "tdot-t200-ddim-2steps-seed0.npz"


def test_other_clicks_end_a_long_drawing(page: Page) -> None:
    page.goto("/sample?n=64&n_steps=1000&t_star=1000&prior=vanilla")
    page.get_by_role("button", name="Stop drawing").click()
    expect(page.get_by_text("Stopped before this was drawn.")).to_be_visible()
    expect(page.get_by_role("button", name="Draw the rest")).to_be_visible()
