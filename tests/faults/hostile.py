"""Hostile things to feed to TDOT: names, values, JSON, archives, images, weights, command lines."""

from __future__ import annotations

import io
import json
import math
import pickle
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from tests.faults.canary import Payload

NAMES = (
    "../../x", "..\\..\\x", "/etc/passwd", "C:\\x", "CON", "NUL.txt", "aux", ".", "..", "", " ", "-", "--", "~", "~root", "$(touch x)",
    "`id`", "; rm -rf x", "\x00", "a\x00b", "\n", "\r\n", "\u202egnp.exe", "😀" * 9, "é" * 40, "x" * 5000, "a/b", "runs/../x", "%2e%2e%2f",
    "ot:../../x", "oracle:../x", "imported:/etc", "nan", "inf", "1e999", "-1", "0", "2147483648", "9" * 400, "0x10", "1_0", "١٢", "null",
    "None", "True", "{}", "[]", '"', "'", "<script>alert(1)</script>", "\ud800", "|", "*", "?", "file:///etc/passwd", "http://127.0.0.1:9/x",
)  # fmt: skip


def name(r: random.Random) -> str:
    """Return a name nobody should use."""
    if r.random() < 0.7:
        return r.choice(NAMES)
    return "".join(chr(r.choice((r.randrange(1, 128), r.randrange(1, 0xD7FF)))) for _ in range(r.randrange(1, 60)))


def value(r: random.Random, depth: int = 0) -> Any:
    """Return a JSON value of any type."""
    kind = r.randrange(9 if depth < 4 else 7)
    if kind == 7:
        return [value(r, depth + 1) for _ in range(r.randrange(4))]
    if kind == 8:
        return {name(r): value(r, depth + 1) for _ in range(r.randrange(4))}
    return (
        None,
        r.random() < 0.5,
        r.randrange(-(2**70), 2**70),
        r.uniform(-1e9, 1e9),
        r.choice((math.nan, math.inf, -math.inf)),
        name(r),
        0,
    )[kind]


def json_text(r: random.Random, good: dict[str, Any]) -> bytes:
    """Return a good JSON object made bad: other types, unknown keys, missing keys, NaN, depth, cut off, not JSON."""
    kind = r.randrange(8)
    if kind == 0:
        return json.dumps(value(r)).encode("utf-8", "replace")
    if kind == 1:
        return (b"[" * 100_000) if r.random() < 0.5 else (b'{"a":' * 20_000)
    text = json.dumps(_altered(r, good)).encode("utf-8", "replace")
    if kind == 2:
        return text[: r.randrange(len(text))]
    if kind == 3:
        return mutated(r, text)
    return text


def _altered(r: random.Random, good: dict[str, Any]) -> dict[str, Any]:
    bad = json.loads(json.dumps(good))
    for _ in range(r.randrange(1, 4)):
        place = bad
        while isinstance(inner := place.get(r.choice(list(place) or ["x"])), dict) and inner and r.random() < 0.7:
            place = inner
        key = r.choice([*place, name(r)]) if place else name(r)
        if r.random() < 0.2:
            place.pop(key, None)
        else:
            place[key] = value(r)
    return bad


def mutated(r: random.Random, data: bytes) -> bytes:
    """Return bytes with some flipped, cut, doubled or replaced."""
    out = bytearray(data)
    for _ in range(r.randrange(1, 12)):
        if not out:
            break
        at = r.randrange(len(out))
        kind = r.randrange(5)
        if kind == 0:
            out[at] ^= 1 << r.randrange(8)
        elif kind == 1:
            out[at : at + r.randrange(1, 9)] = r.randbytes(r.randrange(9))
        elif kind == 2:
            del out[at:]
        elif kind == 3:
            out[at:at] = out[at : at + r.randrange(64)]
        else:
            out[at : at + 4] = struct.pack("<I", r.choice((0, 1, 2**31, 2**32 - 1)))
    return bytes(out)


def safetensors(r: random.Random, good: bytes) -> bytes:
    """Return a safetensors file whose header lies, or a damaged one."""
    kind = r.randrange(4)
    if kind == 0:
        return mutated(r, good)
    if kind == 1:
        return struct.pack("<Q", r.choice((0, 1, 2**20, 2**40, 2**63, 2**64 - 1))) + good[8 : 8 + r.randrange(200)]
    size = struct.unpack("<Q", good[:8])[0]
    header, body = json.loads(good[8 : 8 + size]), good[8 + size :]
    entry = header[r.choice([key for key in header if key != "__metadata__"])]
    if kind == 2:
        entry["shape"] = r.choice(([2**40], [2**32, 2**32], [-1], [0], "x", [], [1.5], None))
    else:
        entry["data_offsets"] = r.choice(([0, 2**50], [5, 1], [-8, 8], [0], "x", [0, len(body) + 1]))
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def weights_file(r: random.Random, canary: Path) -> tuple[str, bytes]:
    """Return the ending and the bytes of a .pth or .pt that would run code, or of a damaged one."""
    kind, out = r.randrange(5), io.BytesIO()
    if kind == 0:
        return ".pth", pickle.dumps(Payload(canary))
    if kind == 1:
        torch.save({"Conv2d_1a_3x3.conv.weight": Payload(canary)}, out)
    elif kind == 2:
        torch.save(Payload(canary), out, _use_new_zipfile_serialization=False)
    elif kind == 3:
        torch.save({"a": torch.zeros(3), "b": [1, {2: Payload(canary)}]}, out)
    else:
        torch.save({"a": torch.zeros(3)}, out)
        return ".pth", mutated(r, out.getvalue())
    return r.choice((".pth", ".pt", ".safetensors", ".bin")), out.getvalue()


def archive(r: random.Random, members: dict[str, bytes]) -> bytes:
    """Return a zip with a climbing member, a link, a bomb, a lying header, or damage."""
    out, kind = io.BytesIO(), r.randrange(7)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for path, data in members.items():
            if r.random() < 0.9:
                made.writestr(path, data)
        if kind == 0:
            climbing = r.choice(
                (
                    "../../climbed",
                    "/climbed-abs",
                    "a/../../climbed",
                    "..\\climbed",
                    "run/../../climbed",
                    "C:\\climbed",
                )
            )
            made.writestr(climbing + r.choice((".png", ".json", "")), b"climbed")
        elif kind == 1:
            link = zipfile.ZipInfo("run/weights.safetensors")
            link.external_attr = 0o120777 << 16
            made.writestr(link, "/etc/passwd")
        elif kind == 2:
            made.writestr(r.choice(("run/weights.safetensors", "bomb.png")), bytes(r.choice((10**6, 2 * 10**7))))
        elif kind == 3:
            for _ in range(r.randrange(1, 30)):
                made.writestr("x" + name(r).replace("\ud800", "?")[:60000], b"x")
    data = out.getvalue()
    if kind == 4:
        return _lying_sizes(r, data)
    return mutated(r, data) if kind in (5, 6) else data


def _lying_sizes(r: random.Random, data: bytes) -> bytes:
    """Change the sizes in the central directory: a bomb that says it is small, or a small file that says it is a bomb."""
    out, at = bytearray(data), data.find(b"PK\x01\x02")
    while at >= 0:
        struct.pack_into("<II", out, at + 20, r.choice((0, 1, 2**31)), r.choice((0, 1, 2**32 - 2)))
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(out)


def picture(r: random.Random) -> bytes:
    """Return an image file that is damaged, enormous, or of an odd mode."""
    out, kind = io.BytesIO(), r.randrange(5)
    if kind == 0:
        return _huge_png(r.choice((30_000, 2**31 - 1, 65_535)))
    mode = r.choice(("RGB", "L", "P", "RGBA", "LA", "I;16", "F", "1", "CMYK"))
    image = Image.fromarray(np.frombuffer(r.randbytes(40 * 40 * 3), np.uint8).reshape(40, 40, 3)).convert(
        "L" if mode in ("I;16", "F") else mode
    )
    ending = r.choice([f for f in ("PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM") if _can_save(image, f)])
    image.save(out, ending)
    return out.getvalue() if kind == 1 else mutated(r, out.getvalue())


def _can_save(image: Image.Image, ending: str) -> bool:
    try:
        image.save(io.BytesIO(), ending)
    except (OSError, KeyError, ValueError):
        return False
    return True


def _huge_png(side: int) -> bytes:
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10**5))) + chunk(b"IEND", b"")
    )


def command(r: random.Random, folder: Path) -> list[str]:
    """Return a command line with at least one thing in it that cannot be meant, so that no long work begins."""
    bad = [lambda: name(r).replace("\x00", "\\0")]
    run = r.choice(bad)()
    options = {
        "sample": ["--prior", "--net", "--dataset", "--sampler", "--steps", "--t-star", "--eta", "--n", "--seed", "--device", "--batch-size"],
        "evaluate": ["--prior", "--net", "--t-star", "--steps", "--sampler", "--eta", "--n", "--sets", "--seed", "--device", "--run", "--format", "--dataset", "--extractor", "--layer", "--weights", "--metric"],
        "train": ["--dataset", "--seed", "--device", "--epochs", "--batch", "--latent", "--width", "--lr", "--noise", "--schedule", "--t-train", "--ema"],
        "runs": ["--kind", "--out"], "data": ["--name", "--test-fraction", "--max-gib"], "cache": ["--limit"], "bench": ["--only"], "assets": ["--to"],
    }  # fmt: skip
    verb = r.choice([*options, run])
    if verb == "runs":
        action = r.choice(("show", "stop", "resume", "delete", "export", "import", run))
        return [verb, action, run, *(["--out", str(folder / "out.zip")] if action == "export" else [])]
    if verb == "data":
        action = r.choice(("import", "download", "delete", run))
        return [verb, action, run, *(["--name", name(r).replace("\x00", "")] if action == "import" else [])]
    if verb in ("cache", "bench", "assets"):
        return [verb, run, *([r.choice(options[verb]), run] if r.random() < 0.5 else [])]
    words = [verb, *(["ot"] if verb == "train" and r.random() < 0.7 else [])]
    for option in r.sample(options.get(verb, ["--x"]), min(r.randrange(1, 5), len(options.get(verb, ["--x"])))):
        words += [option, r.choice(("1", "ot", "digits", "vanilla", "ddim", run))]
    words += ["--no-such-option", run] if r.random() < 0.5 else ["--seed", "seven"]
    return words
