"""Formats that are not read, recognised by content, each with what converts it."""

from __future__ import annotations

from collections.abc import Sequence

from tdot_core.errors import TdotError
from tdot_core.services.datasets.readers.array_file import ArrayFile

_SAVEZ = "numpy.savez('images.npz', images=..., labels=...)"
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"P4\n", b"P5\n", b"P6\n", b"P5 ", b"P6 ")
_OTHER_PICTURES = (
    ".heic",
    ".heif",
    ".avif",
    ".jp2",
    ".j2k",
    ".jxl",
    ".svg",
    ".tga",
    ".psd",
    ".exr",
    ".hdr",
    ".dcm",
    ".ico",
    ".pcx",
    ".dng",
)
_KINDS = (
    (lambda f: f.head.startswith(b"\x89HDF\r\n\x1a\n"), "HDF5 (also MATLAB 7.3)", f"read it with h5py and save it by {_SAVEZ}"),
    (lambda f: f.head.startswith(b"MATLAB 5.0 MAT-file"), "a MATLAB file", f"read it with scipy.io.loadmat and save it by {_SAVEZ}"),
    (lambda f: f.head[16:20] in (b"\xde\xc0\xef\xbe", b"\xbe\xef\xc0\xde"), "an LMDB", "write its values as image files with the lmdb package"),
    (lambda f: f.head.startswith(b"ARROW1") or f.head[:4] == b"\xff\xff\xff\xff", "an Arrow file of Hugging Face's datasets",
     "datasets.load_from_disk(FOLDER).to_parquet('train.parquet')"),
    (lambda f: f.head.startswith((b"7z\xbc\xaf\x27\x1c", b"Rar!")), "a 7z or RAR archive", "unpack it and import the folder"),
    (lambda f: f.head.startswith((b"PK\x03\x04", b"PK\x05\x06")), "a zip inside the source, or a torch file", f"unpack it, or load it with torch and save it by {_SAVEZ}"),
    (lambda f: f.head.startswith((b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ\0")), "compressed by zstd, bzip2 or xz", "unpack it"),
    (lambda f: f.head.startswith(b"version https://git-lfs"), "a pointer of Git LFS", "fetch the file itself (git lfs pull)"),
    (lambda f: f.head.startswith(_PICTURES) or f.head[8:12] == b"WEBP", "an image whose name does not say so", "give its name the ending of its format (.png, .jpg, ...)"),
    (lambda f: f.name.lower().endswith(_OTHER_PICTURES), "an image of another format", "convert it to PNG"),
    (lambda f: f.head[257:262] == b"ustar", "a tar inside the source", "import it by itself, or unpack it"),
    (lambda f: _is_tfrecord(f), "a TFRecord", f"read it with tensorflow_datasets.as_numpy and save it by {_SAVEZ}"),
    (lambda f: f.head[:2] in (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"), "a pickle", f"load it where you trust it and save it by {_SAVEZ}"),
    (lambda f: f.head.startswith(b"SIMPLE  ="), "a FITS file", f"read it with astropy and save it by {_SAVEZ}"),
    (lambda f: f.head.startswith(b"{") or f.name.endswith((".jsonl", ".csv", ".tsv")), "a table of text", "write its images as files in class folders"),
    (lambda f: f.name.endswith((".beton", ".rec", ".mdb", ".pt", ".pth", ".safetensors", ".svs", ".zarr", ".nii")), "a format of another tool", f"read it with that tool and save it by {_SAVEZ}"),
)  # fmt: skip


def refuse_unread(files: Sequence[ArrayFile], label: str) -> TdotError:
    """Return the sentence for a source of which nothing can be read: what it is, and what converts it."""
    for file in files:
        for fits, what, remedy in _KINDS:
            if fits(file):
                return TdotError(
                    f"{file.name[:80]!r} in the {label} is {what}, which is not read. To import it: {remedy}."
                )
    return TdotError(
        f"The {label} holds no images (PNG, JPEG, BMP, GIF, WebP, PPM or TIFF) and no arrays (npy, npz, idx, parquet, "
        "CIFAR's batches)."
    )


def _is_tfrecord(file: ArrayFile) -> bool:
    size = int.from_bytes(file.head[:8], "little")
    return "tfrecord" in file.name.lower() and size > 0 and 16 + size <= file.size
