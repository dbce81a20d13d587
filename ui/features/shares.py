"""Who the chosen points are: how many of each prior, and of which class their nearest real images are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tdot_core.services.features.clouds import Cloud

CHOSEN, OF_ITS_OWN, OF_CHOSEN = "Chosen", "Of its points", "Of the chosen"
HELP = {
    CHOSEN: "Points inside the lasso or box.",
    OF_ITS_OWN: "Chosen points in percent of all points of this kind. Real training images say what a perfect prior would have here.",
    OF_CHOSEN: "Points of this kind in percent of all chosen ones; depends on how many of each kind are shown.",
}
CLASS_HELP = "Chosen points in percent that are {name}: real images by their own class, generated ones by the nearest real image's."


def share_table(
    clouds: Sequence[Cloud],
    rows: Mapping[str, Sequence[int]],
    labels: Mapping[str, str],
    of_class: Mapping[str, NDArray[np.int64] | None],
    classes: Sequence[str],
) -> pd.DataFrame:
    """Return one line per cloud that has chosen points.

    rows, labels, of_class (n,): by the cloud's id, the chosen rows, its name for people, and each point's class or None.
    Percentages are whole numbers in [0, 100].
    """
    total = sum(len(rows[cloud.id]) for cloud in clouds)
    lines = []
    for cloud in clouds:
        chosen = list(rows[cloud.id])
        if not chosen:
            continue
        line: dict[str, object] = {
            "Images": labels[cloud.id],
            CHOSEN: len(chosen),
            OF_ITS_OWN: percent(len(chosen), cloud.n),
            OF_CHOSEN: percent(len(chosen), total),
        }
        found = of_class.get(cloud.id)
        if found is not None:
            counts = np.bincount(found[chosen], minlength=len(classes))
            line |= {name: percent(int(count), len(chosen)) for name, count in zip(classes, counts, strict=False)}
        lines.append(line)
    return pd.DataFrame(lines)


def percent(part: int, whole: int) -> int:
    """Return part in percent of whole, rounded to a whole number."""
    return round(100 * part / whole)
