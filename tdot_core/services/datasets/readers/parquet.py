"""A Hugging Face parquet: a column of image files, one of labels, the classes' names in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tdot_core.errors import TdotError
from tdot_core.services.datasets.decoding import (
    BORDERED,
    DARK,
    MAX_IMAGE_BYTES,
    RESIZED,
    SEVERAL,
    BadImage,
    decode,
    file_notes,
)
from tdot_core.services.datasets.readers.array_file import ArrayFile
from tdot_core.services.datasets.readers.contract import ImageRows, Reader, Reading, Wish, whole_labels
from tdot_core.services.datasets.readers.file_splits import split_files
from tdot_core.services.datasets.readers.fit32 import bordered_note
from tdot_core.services.datasets.readers.reason import reason

MAGIC = b"PAR1"
_STEP = 64
_LABELS_AT_ONCE = 2**16
_PLAIN = ("label", "labels", "fine_label", "class", "target")


@dataclass(frozen=True)
class _Columns:
    """Which columns to read: the images' (nested: a struct with bytes), the labels', and the classes' names; unread: the others."""

    image: str
    nested: bool
    label: str | None
    names: tuple[str, ...] | None
    unread: tuple[str, ...]


class ParquetReader(Reader):
    """Read parquet files with a column of images; needs pyarrow, which Streamlit brings."""

    what = "parquet files"

    def knows(self, file: ArrayFile) -> bool:
        return file.head.startswith(MAGIC) and not file.is_gzip

    def may_hold_images(self, file: ArrayFile, wish: Wish) -> bool:
        with _opened(file) as opened:
            return any(_image_columns(opened.schema_arrow))

    def read(self, files: Sequence[ArrayFile], others: Sequence[ArrayFile], wish: Wish) -> Reading:
        notes: list[str] = []
        split_of = split_files([file.path for file in files], wish, notes)
        used = sorted((f for f in files if f.path in split_of), key=lambda f: (split_of[f.path] == "test", f.path))
        found = [_examine(file, wish) for file in used]
        columns = {one for one, _ in found}
        if len(columns) > 1:
            raise TdotError(
                f"The parquet files have different columns, first {used[0].path[:80]}; import those that are alike."
            )
        (column,) = columns
        if column.label:
            notes.append(f"Images are of the column {column.image!r}, labels of {column.label!r}.")
        if column.unread:
            notes.append(f"Not read, being neither images nor labels: {', '.join(column.unread[:8])}.")
        reading = Reading(sum(n for _, n in found), iter(()), column.names, notes)
        reading.rows = _rows(used, split_of, column, wish, reading)
        return reading


@contextmanager
def _opened(file: ArrayFile) -> Iterator[Any]:
    import pyarrow
    import pyarrow.parquet

    with file.open() as raw:
        try:
            # Without these a whole group of rows, often the whole file, is in memory.
            yield pyarrow.parquet.ParquetFile(raw, pre_buffer=False, buffer_size=2**20)
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            raise TdotError(f"{file.path[:80]} cannot be read as parquet ({reason(error)}).") from error


def _examine(file: ArrayFile, wish: Wish) -> tuple[_Columns, int]:
    with _opened(file) as opened:
        schema, about = opened.schema_arrow, opened.metadata
        size = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
        if size > wish.max_bytes:
            raise wish.too_large(file.path[:80])
        if about.num_rows < 1:
            raise TdotError(f"{file.path[:80]} has no rows.")
        return _columns(opened, _features(schema), file.path[:80], not wish.one_set), about.num_rows


def _features(schema: Any) -> dict[str, Any]:
    """Return the features that Hugging Face's datasets writes into the metadata, empty when there are none."""
    try:
        document = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = document.get("info", {}).get("features", {})
    except (ValueError, AttributeError, RecursionError):
        return {}
    return {k: v for k, v in features.items() if isinstance(v, dict)} if isinstance(features, dict) else {}


def _image_columns(schema: Any) -> tuple[list[str], list[str]]:
    """Return the columns that can hold image files: structs with bytes, and bytes alone."""
    import pyarrow.types as kinds

    def is_bytes(kind: Any) -> bool:
        return bool(kinds.is_binary(kind) or kinds.is_large_binary(kind))

    nested = [
        f.name
        for f in schema
        if kinds.is_struct(f.type) and any(g.name == "bytes" and is_bytes(g.type) for g in f.type)
    ]
    return nested, [field.name for field in schema if is_bytes(field.type)]


def _columns(opened: Any, features: Mapping[str, Any], name: str, labelled: bool) -> _Columns:
    schema = opened.schema_arrow
    nested, plain = _image_columns(schema)
    images = nested + plain
    stated = [image for image in images if features.get(image, {}).get("_type") == "Image"]
    images = stated or images
    if len(images) != 1:
        what = (
            f"the columns {', '.join(images)[:200]} of images" if images else f"columns {', '.join(schema.names)[:200]}"
        )
        raise TdotError(
            f"{name} has {what}; expected exactly one column of image files (bytes); addresses and paths are not followed."
        )
    label = _label(opened, features, name) if labelled else None
    names = features.get(label, {}).get("names") if label else None
    good = isinstance(names, list) and names and all(isinstance(n, str) for n in names)
    unread = [f"{field.name[:40]} ({str(field.type)[:40]})" for field in schema if field.name not in (images[0], label)]
    return _Columns(
        images[0],
        images[0] in nested,
        label,
        tuple(names) if good and names else None,
        tuple(unread) if labelled else (),
    )


def _label(opened: Any, features: Mapping[str, Any], name: str) -> str | None:
    fields = list(opened.schema_arrow)
    stated = [field.name for field in fields if features.get(field.name, {}).get("_type") == "ClassLabel"]
    stated, plain = (
        [field.name for field in fields if field.name in names and _tells_classes(opened, field)]
        for names in (stated, _PLAIN)
    )
    for found in ([c for c in stated if c.startswith("fine")], stated, plain):
        if len(found) == 1:
            return str(found[0])
        if len(found) > 1:
            raise TdotError(f"In {name} each of {', '.join(found)[:200]} could be the labels; keep one of them.")
    return None


def _tells_classes(opened: Any, field: Any) -> bool:
    """Tell whether a column holds text, or numbers that are whole, which only reading it tells."""
    import pyarrow.types as kinds

    kind = field.type.value_type if kinds.is_dictionary(field.type) else field.type
    if kinds.is_string(kind) or kinds.is_large_string(kind):
        return True
    if not (kinds.is_integer(kind) or kinds.is_floating(kind) or kinds.is_boolean(kind)):
        return False
    batches = opened.iter_batches(_LABELS_AT_ONCE, columns=[field.name])
    return all(whole_labels(_numbers(batch.column(0).to_pylist())) is not None for batch in batches)


def _numbers(values: Sequence[Any]) -> NDArray[Any]:
    """Return numbers as an array in which none is -1; of Python's own where they are beyond 64 bits."""
    return np.array([-1 if value is None else value for value in values])


def _rows(
    files: Sequence[ArrayFile], split_of: Mapping[str, str | None], column: _Columns, wish: Wish, reading: Reading
) -> Iterator[ImageRows]:
    wanted = [column.image, *([column.label] if column.label else [])]
    for file in files:
        done = 0
        with _opened(file) as opened:
            for batch in opened.iter_batches(_STEP, columns=wanted):
                images, labels = [], []
                told = batch.column(column.label).to_pylist() if column.label else [None] * len(batch)
                for at, (value, label) in enumerate(zip(batch.column(column.image), told, strict=True)):
                    data = value.as_py()
                    image = _decoded(
                        data.get("bytes") if column.nested and data else data,
                        f"{file.path[:60]} row {done + at}",
                        wish,
                        reading,
                    )
                    if image is not None:
                        images.append(image)
                        labels.append(label)
                done += len(batch)
                if wish.own_size:
                    yield from (ImageRows(image[None], None) for image in images)
                elif images:
                    yield ImageRows(np.stack(images), split_of[file.path], _as_labels(labels) if column.label else None)
    if reading.n_bordered:
        reading.notes.append(bordered_note(reading.n_bordered))
    reading.notes += file_notes(reading.n_several, reading.n_dark)


def _decoded(data: bytes | None, name: str, wish: Wish, reading: Reading) -> Any:
    try:
        if not data:
            raise BadImage("no bytes; a path alone is not followed")
        if len(data) > MAX_IMAGE_BYTES:
            raise BadImage(f"more than {MAX_IMAGE_BYTES // 2**20} MiB")
        image, change = decode(data, own_size=wish.own_size)
    except BadImage as error:
        if wish.strict:
            raise TdotError(
                f"The image of {name} cannot be used: {error}. Mend it, or import without strict."
            ) from error
        reading.reason = reading.reason or str(error)
        reading.skipped.append(name)
        return None
    reading.n_resized += RESIZED in change
    reading.n_bordered += BORDERED in change
    reading.n_several += SEVERAL in change
    reading.n_dark += DARK in change
    return image


def _as_labels(labels: list[Any]) -> Any:
    if any(isinstance(label, str) for label in labels):
        return labels
    return whole_labels(_numbers(labels))
