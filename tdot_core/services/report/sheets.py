"""Sample sheets: what each prior of a report draws, from common seeds."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

import numpy as np
from PIL import Image

from tdot_core.errors import TdotError
from tdot_core.services.results.headline import distance
from tdot_core.services.results.rows import EvaluationRow
from tdot_core.services.sampling.sheets import make_sheet

IMAGES, COLUMNS, SCALE = 24, 6, 2


@dataclass(frozen=True)
class Sheet:
    """One prior's pictures as a PNG, or why there are none. row: which setting drew them."""

    row: EvaluationRow
    png: bytes = b""
    why: str = ""


def chosen_rows(rows: Iterable[EvaluationRow]) -> list[EvaluationRow]:
    """Return one row per prior to draw: its best, of those that come from seeds."""
    best: dict[str, EvaluationRow] = {}
    for row in rows:
        held = best.get(row.label)
        if row.t_star is not None and (held is None or distance(row) < distance(held)):
            best[row.label] = row
    return list(best.values())


def draw_sheets(rows: Iterable[EvaluationRow]) -> Iterator[Sheet]:
    """Draw `IMAGES` images of each row from its first seeds, in fp32; what cannot be drawn here gives its reason."""
    for row in rows:
        try:
            yield Sheet(row, _png(row))
        except TdotError as error:
            yield Sheet(row, why=str(error))


def _png(row: EvaluationRow) -> bytes:
    from tdot_core.services.compute.device import find_device
    from tdot_core.services.sampling.generate import SampleSettings, generate
    from tdot_core.services.sampling.loading import load_net, load_prior

    device = find_device("auto")
    eta = row.eta if row.sampler == "ddim" and row.eta else None
    settings = SampleSettings(
        row.t_star or 1, row.n_steps or 1, row.sampler, eta, row.seed, IMAGES, row.clip_x0, row.grid
    )
    prior = load_prior(row.run or row.prior, device, row.dataset)
    images = np.concatenate(
        [chunk.images for chunk in generate([prior], load_net(row.net, device), settings, device=device)]
    )
    buffer = io.BytesIO()
    Image.fromarray(make_sheet(images, COLUMNS, SCALE)).save(buffer, format="PNG")
    return buffer.getvalue()


def sheet_html(sheet: Sheet) -> str:
    """Return a sheet with what drew it."""
    row = sheet.row
    about = f"{row.label}, t* = {row.t_star}, {row.sampler} in {row.n_steps} steps, seeds {row.seed} to {row.seed + IMAGES - 1}"
    if not sheet.png:
        return f"<figure><p class=quiet>{escape(about)}: no pictures. {escape(sheet.why)}</p></figure>"
    data = base64.b64encode(sheet.png).decode()
    return f'<figure><img alt="{IMAGES} images of {escape(about)}" src="data:image/png;base64,{data}"><figcaption>{escape(about)}</figcaption></figure>'
