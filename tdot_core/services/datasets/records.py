"""Which data sets exist: records by id, and names that point to them.

datasets/<id>/info.json lies beside the arrays; datasets/names/<name>.json is the record of the last import under a
name. Several names may point to one id.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.services.datasets.dataset import open_dataset
from tdot_core.services.datasets.disk import datasets_root, disk_errors, exclusive, remove_folder
from tdot_core.services.datasets.identity import content_id
from tdot_core.services.datasets.info import SPLITS, DatasetInfo, info_from_json
from tdot_core.services.datasets.names import is_id, is_name
from tdot_core.services.storage.files import read_json, write_json
from tdot_core.services.storage.trash import hide


def folder_of(id: str) -> Path:
    """Return the folder of the data set with this id."""
    return datasets_root() / id


def names_on_disk() -> list[str]:
    """Return every name that points to a data set, sorted."""
    files = (datasets_root() / "names").glob("*.json")
    return sorted(file.stem for file in files if is_name(file.stem))


def ids_on_disk() -> list[str]:
    """Return the ids of all data sets present, sorted."""
    return sorted(file.parent.name for file in datasets_root().glob("*/info.json") if is_id(file.parent.name))


def record_of(name_or_id: str) -> DatasetInfo | None:
    """Return the record under a name or an id, None when there is none; raises TdotError when it is damaged.

    Asked by id, the record bears the id as its name unless a name points to it.
    """
    if is_name(name_or_id) and name_or_id in names_on_disk():
        return info_from_json(read_json(_pointer(name_or_id)))
    if not is_id(name_or_id) or name_or_id not in ids_on_disk():
        return None
    info = info_from_json(read_json(folder_of(name_or_id) / "info.json"))
    names = names_of(name_or_id)
    return dataclasses.replace(info, name=info.name if info.name in names else (names or [name_or_id])[0])


def names_of(id: str) -> list[str]:
    """Return the names that point to this id, sorted; damaged records point nowhere."""
    found = []
    for name in names_on_disk():
        try:
            info = info_from_json(read_json(_pointer(name)))
        except TdotError:
            continue
        if info.id == id:
            found.append(name)
    return found


def publish(finished: Path, info: DatasetInfo) -> None:
    """Move a folder of arrays to its id and let info.name point to it; the same data already there stays if whole."""
    with disk_errors():
        write_json(finished / "info.json", info.as_json())
    with exclusive(datasets_root()):
        target = folder_of(info.id)
        if not _is_whole(target, info):
            if target.exists():
                remove_folder(target)
            with disk_errors():
                finished.replace(target)
        with disk_errors():
            write_json(_pointer(info.name), info.as_json())


def put_away(name_or_id: str) -> list[Path]:
    """Hide a name, and its data when no other name points there; or an id with its data and all its names.

    Returns the hidden paths, data first, for `trash` to bring back or destroy.
    """
    hidden = []
    with exclusive(datasets_root()):
        id, names = name_or_id, [name_or_id]
        if name_or_id in names_on_disk():
            try:
                id = info_from_json(read_json(_pointer(name_or_id))).id
            except TdotError:
                id = ""
        else:
            names = names_of(id)
        hidden += [hide(_pointer(name)) for name in names]
        if is_id(id) and folder_of(id).exists() and not names_of(id):
            hidden.insert(0, hide(folder_of(id)))
    return hidden


def _pointer(name: str) -> Path:
    return datasets_root() / "names" / f"{name}.json"


def _is_whole(folder: Path, info: DatasetInfo) -> bool:
    """Tell whether folder holds exactly the content of info, by reading all of it."""
    try:
        present = open_dataset(info_from_json(read_json(folder / "info.json")), folder)
        images = {split: present.images(split) for split in SPLITS}
        found = {split: present.labels(split) for split in SPLITS}
        labels: dict[str, np.ndarray] = {split: known for split, known in found.items() if known is not None}
        return content_id(images, labels, present.info.classes) == info.id
    except TdotError:
        return False
