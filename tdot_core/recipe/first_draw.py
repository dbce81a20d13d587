"""The first drawing of the Sample screen, made from the shipped models."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tdot_core.services.catalogue.first_draw import FIRST, NET, draw_key, first_draw_folder
from tdot_core.services.catalogue.priors import PriorChoice, prior_choices
from tdot_core.services.runs.store import best_run
from tdot_core.services.sampling.generate import SampleSettings, generate
from tdot_core.services.sampling.loading import load_net, load_prior
from tdot_core.services.storage.files import read_json, write_atomically, write_json


def first_choices() -> list[PriorChoice]:
    """Return the priors that the Sample screen begins with, those that ship."""
    return [choice for choice in prior_choices() if choice.name == choice.key and choice.shipped]


def build_first_draw() -> str:
    """Draw the first choices and write draws.json and results.png; return "unchanged", "made", or "none" without a denoiser."""
    if best_run(NET) is None:
        return "none"
    choices = first_choices()
    keys, target = [draw_key(choice) for choice in choices], first_draw_folder() / "draws.json"
    if target.exists() and list(read_json(target)) == keys:
        return "unchanged"
    chunks = list(generate([load_prior(choice.name) for choice in choices], load_net(NET), SampleSettings(**FIRST)))
    rows = [np.concatenate(list(chunk.images), axis=1) for chunk in chunks]
    sheet = Image.fromarray(np.concatenate(rows))
    write_atomically(first_draw_folder() / "results.png", lambda path: sheet.save(path, format="PNG", optimize=True))
    write_json(
        target,
        {
            key: {"row": row, "nfe": chunk.nfe, "nfe_prior": chunk.nfe_prior}
            for row, (key, chunk) in enumerate(zip(keys, chunks, strict=True))
        },
    )
    return "made"
