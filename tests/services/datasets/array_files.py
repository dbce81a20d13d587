"""Files of arrays as people have them, written byte by byte or by the tool that makes them."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from dataset_files import encode, picture


def pictures(n: int, start: int = 0, side: int = 32) -> np.ndarray:
    """Return n random RGB pictures, uint8 (n, side, side, 3)."""
    return np.stack([picture(start + i, side, side) for i in range(n)])


def _short(text: bytes) -> bytes:
    return b"U" + bytes([len(text)]) + text


def _long(data: bytes) -> bytes:
    return b"T" + struct.pack("<i", len(data)) + data


def _ints(values: Sequence[int]) -> bytes:
    return b"](" + b"".join(b"K" + bytes([v]) if v < 256 else b"M" + struct.pack("<H", v) for v in values) + b"e"


def _array(rows: np.ndarray) -> bytes:
    """Return an array as Python 2's cPickle wrote it: numpy's _reconstruct, its state and the bytes as a string."""
    made = b"cnumpy.core.multiarray\n_reconstruct\nq\x20cnumpy\nndarray\nq\x21K\x00\x85q\x22U\x01b\x87Rq\x23"
    kind = b"cnumpy\ndtype\nq\x24U\x02u1K\x00K\x01\x87Rq\x25(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    shape = b"(M" + struct.pack("<H", rows.shape[0]) + b"M" + struct.pack("<H", rows.shape[1]) + b"t"
    return made + b"(K\x01" + shape + kind + b"\x89" + _long(rows.tobytes()) + b"tb"


def cifar_batch(images: np.ndarray, labels: Mapping[str, Sequence[int]], says: str) -> bytes:
    """Return a batch of CIFAR's Python version, as Python 2 pickled it (protocol 2)."""
    rows = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    entries = _short(b"batch_label") + _short(says.encode())
    for key, values in labels.items():
        entries += _short(key.encode()) + _ints(values)
    entries += _short(b"data") + _array(rows)
    entries += _short(b"filenames") + b"](" + b"".join(_short(b"x_%d.png" % i) for i in range(len(rows))) + b"e"
    return b"\x80\x02}q\x01(" + entries + b"u."


def cifar_meta(key: str, names: Sequence[str]) -> bytes:
    """Return batches.meta, or CIFAR-100's meta."""
    listed = b"](" + b"".join(_short(name.encode()) for name in names) + b"e"
    return b"\x80\x02}q\x01(" + _short(b"num_vis") + b"M\x00\x0c" + _short(key.encode()) + listed + b"u."


def idx(values: np.ndarray) -> bytes:
    """Return an idx file of unsigned bytes."""
    return (
        struct.pack(">BBBB", 0, 0, 8, values.ndim) + struct.pack(f">{values.ndim}I", *values.shape) + values.tobytes()
    )


def write_tar(path: Path, files: Mapping[str, bytes], mode: str = "w") -> Path:
    """Write files as a tar, in the order given; mode "w:gz" and so on compress it."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def write_parquet(
    path: Path, images: np.ndarray, labels: Sequence[int], names: Sequence[str], column: str = "img"
) -> Path:
    """Write a parquet as Hugging Face's datasets does: a struct of bytes and path, ClassLabel names in the metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = [{"bytes": encode(image), "path": f"{i}.png"} for i, image in enumerate(images)]
    features = {column: {"_type": "Image"}, "label": {"names": list(names), "_type": "ClassLabel"}}
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({column: pa.array(cells, kind), "label": pa.array(list(labels), pa.int64())})
    about = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    pq.write_table(table.replace_schema_metadata(about), path)
    return path


def npy(array: np.ndarray) -> bytes:
    """Return the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def npz(**arrays: np.ndarray) -> bytes:
    """Return the bytes of a .npz file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def zipped(data: bytes) -> bytes:
    """Return data compressed by gzip."""
    return gzip.compress(data)
