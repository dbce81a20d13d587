"""Downloading CIFAR-10 (Krizhevsky 2009) in its binary version, which needs no unpickling."""

from __future__ import annotations

import tarfile
import time
import zlib
from collections.abc import Generator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import numpy as np

from tdot_core.errors import TdotError
from tdot_core.progress import Progress
from tdot_core.services.datasets.draft import Counts, Draft, Parts, draft
from tdot_core.services.datasets.info import DatasetInfo
from tdot_core.services.datasets.records import record_of
from tdot_core.services.storage.download import download
from tdot_core.services.storage.parts import claim, part_path
from tdot_core.services.storage.readonly import refuse_when_read_only

CIFAR10_URL = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
CIFAR10_MD5 = "c32a1d4ab5d03f1284b67883e8d87530"
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = {
    "train": tuple(f"data_batch_{i}.bin" for i in range(1, 6)),
    "test": ("test_batch.bin",),
}
INSTEAD = (
    "Without a network, import a folder or a zip of the images, made elsewhere: "
    "python -m tdot_core data import FOLDER_OR_ZIP --name cifar10"
)
_TICK = 0.2
_RECORD = 1 + 3 * 32 * 32
_MAX_BATCH = 64 * 2**20


def download_cifar10(url: str = CIFAR10_URL, md5: str = CIFAR10_MD5) -> Generator[Progress, None, DatasetInfo]:
    """Download CIFAR-10 as the data set `cifar10`: 50,000 training and 10,000 test images in their published order.

    What has arrived stays in the cache until the whole file is read, so that the next call goes on after it; while another
    call is at it, this one waits and returns what that one made. The MD5 is compared before anything is read; nothing is
    extracted to disk. Raises TdotError when there is no network, the file is not the expected one or the disk is full.
    """
    refuse_when_read_only()
    path, waited = part_path(md5), False
    while (part := claim(path)) is None:
        waited = True
        yield Progress(0, 1, phase="another download is at work")
        time.sleep(_TICK)
    with part:
        try:
            if waited and (info := record_of("cifar10")) is not None:
                return info
            yield from download(url, path, f"md5:{md5}", INSTEAD)
            return (yield from _publish(path, f"download from {urlsplit(url).hostname}"))
        finally:
            if path.exists() and not path.stat().st_size:
                path.unlink()


def _publish(archive: Path, source: str) -> Generator[Progress, None, DatasetInfo]:
    yield Progress(0, 1, phase="decoding")
    with draft() as work:
        try:
            batches = _read_batches(archive)
        except TdotError:
            archive.unlink()
            raise
        labels = {split: _append(work, [batches[name] for name in names]) for split, names in BATCHES.items()}
        n_train = len(labels["train"])
        positions = {"train": np.arange(n_train), "test": np.arange(n_train, n_train + len(labels["test"]))}
        yield Progress(1, 1, phase="writing")
        info = work.finish("cifar10", source, Parts(positions, labels, CLASSES), Counts())
    archive.unlink()
    return info


def _read_batches(archive: Path) -> dict[str, np.ndarray]:
    """Return each batch as its records, uint8 (n, 3073): the label, then the red, green and blue planes."""
    wanted = {name for names in BATCHES.values() for name in names}
    found: dict[str, np.ndarray] = {}
    try:
        with tarfile.open(archive, mode="r:gz") as tar:
            for member in tar:
                name = PurePosixPath(member.name).name
                file = tar.extractfile(member) if member.isfile() and name in wanted else None
                if file is not None:
                    found[name] = _records(name, file.read(_MAX_BATCH))
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        raise TdotError(f"The CIFAR-10 archive cannot be read ({str(error)[:120]}). Download it again.") from error
    missing = sorted(wanted - set(found))
    if missing:
        raise TdotError(f"The CIFAR-10 archive lacks {', '.join(missing)}: it is not the binary version.")
    return found


def _records(name: str, data: bytes) -> np.ndarray:
    if not data or len(data) % _RECORD:
        raise TdotError(f"{name} in the CIFAR-10 archive has {len(data):,} bytes, not a multiple of {_RECORD:,}.")
    records = np.frombuffer(data, dtype=np.uint8).reshape(-1, _RECORD)
    if records[:, 0].max() >= len(CLASSES):
        raise TdotError(f"{name} in the CIFAR-10 archive has a label above 9: it is not the binary version.")
    return records


def _append(work: Draft, batches: list[np.ndarray]) -> np.ndarray:
    for records in batches:
        work.append(records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1))
    return np.concatenate([records[:, 0] for records in batches]).astype(np.int64)
