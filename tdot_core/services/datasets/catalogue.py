"""Finding, loading and deleting data sets."""

from __future__ import annotations

from pathlib import Path

from tdot_core.errors import TdotError, unknown_name
from tdot_core.services.datasets.dataset import Dataset, open_dataset
from tdot_core.services.datasets.digits import build_digits
from tdot_core.services.datasets.info import DatasetInfo
from tdot_core.services.datasets.names import DIGITS
from tdot_core.services.datasets.records import folder_of, ids_on_disk, names_on_disk, put_away, record_of
from tdot_core.services.storage.readonly import refuse_when_read_only
from tdot_core.services.storage.trash import destroy

_GET_CIFAR10 = (
    "Get it with: python -m tdot_core data download cifar10. Or without a network import its images: "
    "python -m tdot_core data import FOLDER_OR_ZIP --name cifar10"
)


def list_datasets() -> list[DatasetInfo]:
    """Return every data set by name, then those whose name now points elsewhere under their id.

    `digits` is always there: it is built on first use. Records that are damaged are left out.
    """
    load_dataset(DIGITS)
    named = [info for info in map(_whole_record, names_on_disk()) if info]
    held = {info.id for info in named}
    return named + [info for info in map(_whole_record, ids_on_disk()) if info and info.id not in held]


def load_dataset(name_or_id: str) -> Dataset:
    """Return a data set by name or id, its arrays memory-mapped.

    Raises TdotError listing the known ones when there is none, or telling to import it again when it is damaged.
    """
    if name_or_id == DIGITS:
        return _load_digits()
    info = record_of(name_or_id)
    if info is None:
        hint = _GET_CIFAR10 if name_or_id == "cifar10" else ""
        raise unknown_name("data set", name_or_id, {DIGITS, *names_on_disk()}, hint)
    return open_dataset(info, folder_of(info.id))


def delete_dataset(name_or_id: str) -> None:
    """Delete a data set for good, by name, or by id with all its names; raises TdotError as `hide_dataset` does."""
    for path in hide_dataset(name_or_id):
        destroy(path)


def hide_dataset(name_or_id: str) -> list[Path]:
    """Put a data set out of sight and return what `trash` brings back or destroys.

    The images of a name go when no other name points to them. Raises TdotError when there is none or it is built in.
    """
    refuse_when_read_only()
    if name_or_id == DIGITS:
        raise TdotError("The data set 'digits' is built in and cannot be deleted.")
    if name_or_id not in names_on_disk() and name_or_id not in ids_on_disk():
        raise unknown_name("data set", name_or_id, names_on_disk())
    return put_away(name_or_id)


def _whole_record(name_or_id: str) -> DatasetInfo | None:
    try:
        return record_of(name_or_id)
    except TdotError:
        return None


def _load_digits() -> Dataset:
    try:
        info = record_of(DIGITS)
        if info is not None:
            return open_dataset(info, folder_of(info.id))
    except TdotError:
        pass  # damaged: built again below
    info = build_digits()
    return open_dataset(info, folder_of(info.id))
