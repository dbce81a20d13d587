"""Image files become 32x32 RGB: exactly where nothing need change, as stated where it must."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dataset_files import encode, picture, run_import, write_folder
from tdot_core.progress import finish
from tdot_core.services.datasets.decoding import BORDERED, DARK, KEPT, MAX_PIXELS, RESIZED, SEVERAL, BadImage, decode
from tdot_core.services.datasets.outside import read_outside


@pytest.mark.parametrize("format", ["PNG", "BMP", "PPM", "TIFF"])
def test_lossless_32x32_rgb_keeps_every_pixel(format: str) -> None:
    pixels = picture(1)
    image, change = decode(encode(pixels, format))
    assert image.dtype == np.uint8 and change == KEPT
    np.testing.assert_array_equal(image, pixels)


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "GIF"])
def test_lossy_formats_equal_pillows_own_decoding(format: str) -> None:
    data = encode(picture(2), format)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(decode(data)[0], expected)


def test_a_gif_gives_its_first_frame() -> None:
    buffer = io.BytesIO()
    first, second = Image.new("RGB", (32, 32), (200, 10, 10)), Image.new("RGB", (32, 32), (10, 10, 200))
    first.save(buffer, "GIF", save_all=True, append_images=[second])
    np.testing.assert_array_equal(decode(buffer.getvalue())[0][5, 5], [200, 10, 10])


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("side", [32, 40])
def test_a_file_of_several_pictures_gives_its_first_and_says_so(
    format: str, side: int, tmp_path: Path, cache: Path
) -> None:
    buffer = io.BytesIO()
    first, second = (Image.new("RGB", (side, side), colour) for colour in ((200, 10, 10), (10, 10, 200)))
    options = {"lossless": True} if format == "WEBP" else {}
    first.save(buffer, format, save_all=True, append_images=[second], **options)
    alone = encode(np.asarray(first), format, **options)
    for data, several in ((buffer.getvalue(), True), (alone, False)):
        image, change = decode(data)
        np.testing.assert_array_equal(image, np.full((32, 32, 3), (200, 10, 10)))
        assert (SEVERAL in change, RESIZED in change) == (several, side == 40)
        assert (SEVERAL in decode(data, own_size=True)[1]) == several
    name = f"x.{format.lower()}"
    folder = write_folder(tmp_path / "set", {f"1{name}": buffer.getvalue(), f"2{name}": alone})
    said = "1 files hold several pictures; the first of each was read."
    assert said in run_import(folder, test_fraction=0).info.notes
    assert said in finish(read_outside(folder, own_size=True)).note


def test_several_pictures_in_the_cells_of_a_parquet_are_said(tmp_path: Path, cache: Path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture(1)).save(buffer, "TIFF", save_all=True, append_images=[Image.fromarray(picture(2))])
    pq.write_table(pa.table({"image": [buffer.getvalue(), encode(picture(3))]}), tmp_path / "x")
    found = run_import(tmp_path / "x", test_fraction=0)
    np.testing.assert_array_equal(found.images("train"), [picture(1), picture(3)])
    assert "1 files hold several pictures; the first of each was read." in found.info.notes


@pytest.mark.parametrize("format", ["GIF", "TIFF"])
def test_what_is_damaged_behind_the_first_picture_costs_nothing(format: str) -> None:
    buffer = io.BytesIO()
    Image.fromarray(picture(1)).save(buffer, format, save_all=True, append_images=[Image.fromarray(picture(2))])
    alone, whole = decode(encode(picture(1), format))[0], buffer.getvalue()
    for cut in range(1, len(whole) // 3, 7):
        np.testing.assert_array_equal(decode(whole[:-cut])[0], alone)


def test_grey_and_palette_become_rgb() -> None:
    grey = picture(3)[..., 0]
    np.testing.assert_array_equal(decode(encode(grey))[0], np.repeat(grey[..., None], 3, axis=-1))
    palette = Image.fromarray(picture(3)).quantize(16)
    buffer = io.BytesIO()
    palette.save(buffer, "PNG")
    np.testing.assert_array_equal(decode(buffer.getvalue())[0], np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("format", ["PNG", "PPM", "TIFF"])
def test_sixteen_bit_grey_keeps_the_high_byte(format: str) -> None:
    grey = np.random.default_rng(4).integers(0, 65536, (32, 32), dtype=np.uint16)
    image, _ = decode(encode(grey, format))
    np.testing.assert_array_equal(image, np.repeat((grey // 256).astype(np.uint8)[..., None], 3, axis=-1))


def _twelve_bit_tiff(values: np.ndarray) -> bytes:
    """Return a grey TIFF of 12-bit samples, two in three bytes, which no tool at hand writes."""
    first, second = values[:, ::2].astype(int), values[:, 1::2].astype(int)
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 2).astype(np.uint8).tobytes()
    height, width = values.shape
    tags = {
        256: width,
        257: height,
        258: 12,
        259: 1,
        262: 1,
        273: 8 + 2 + 9 * 12 + 4,
        277: 1,
        278: height,
        279: len(packed),
    }
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + packed


@pytest.mark.parametrize("side", [32, 28])
def test_twelve_bit_grey_keeps_its_highest_eight_bits(side: int) -> None:
    grey = np.random.default_rng(5).integers(0, 4096, (side, side), dtype=np.uint16)
    data = _twelve_bit_tiff(grey)
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(data))), grey)
    expected = np.repeat((grey // 16).astype(np.uint8)[..., None], 3, axis=-1)
    image, change = decode(data, own_size=True)
    np.testing.assert_array_equal(image, expected)
    assert DARK not in change
    edge = (32 - side) // 2
    np.testing.assert_array_equal(decode(data)[0], np.pad(expected, ((edge, edge), (edge, edge), (0, 0))))


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("side", [32, 28, 50])
def test_sixteen_bit_grey_that_uses_few_bits_is_said(format: str, side: int, tmp_path: Path, cache: Path) -> None:
    """Cameras and scanners store 12 bits in 16, and the high byte of these is nearly black."""
    grey = np.random.default_rng(6).integers(0, 4096, (side, side), dtype=np.uint16)
    dark, bright = encode(grey, format), encode(grey * 16, format)
    assert [DARK in decode(data, own_size=own)[1] for data in (dark, bright) for own in (False, True)] == [
        *(True, True),
        *(False, False),
    ]
    assert DARK not in decode(encode(np.zeros((side, side), np.uint8)))[1]
    name = f"x.{format.lower()}"
    folder = write_folder(tmp_path / "set", {f"1{name}": dark, f"2{name}": bright})
    said = "1 grey pictures of more than 8 bits have no level above 15 of 255: are their values scaled as meant?"
    assert said in run_import(folder, test_fraction=0).info.notes
    assert said in finish(read_outside(folder, own_size=True)).note
    pq.write_table(pa.table({"image": [bright, dark]}), tmp_path / "x")
    assert said in run_import(tmp_path / "x", "other", test_fraction=0.5).info.notes


def test_transparency_is_composited_on_white() -> None:
    pixels = np.zeros((32, 32, 4), dtype=np.uint8)
    pixels[:16] = (10, 20, 30, 255)
    pixels[16:] = (10, 20, 30, 0)
    pixels[31] = (0, 0, 0, 128)
    image, _ = decode(encode(pixels))
    np.testing.assert_array_equal(image[3, 3], [10, 20, 30])
    np.testing.assert_array_equal(image[20, 3], [255, 255, 255])
    assert abs(int(image[31, 0, 0]) - 127) <= 1


def test_exif_orientation_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise
    data = encode(picture(5), "PNG", exif=exif)
    np.testing.assert_array_equal(decode(data)[0], np.rot90(picture(5), k=-1))


@given(height=st.integers(1, 90), width=st.integers(1, 90))
def test_any_size_is_cropped_to_its_centre_before_resizing(height: int, width: int) -> None:
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    pixels = np.full((height, width, 3), 255, dtype=np.uint8)
    pixels[top : top + side, left : left + side] = (0, 40, 90)
    image, change = decode(encode(pixels))
    assert change == (KEPT if (height, width) == (32, 32) else RESIZED)
    np.testing.assert_array_equal(image, np.broadcast_to(np.uint8([0, 40, 90]), (32, 32, 3)))


def test_a_larger_picture_equals_pillows_resize_of_its_centre() -> None:
    pixels = picture(6, 100, 140)
    expected = Image.fromarray(pixels[:, 20:120]).resize((32, 32), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(decode(encode(pixels))[0], np.asarray(expected))


@pytest.mark.parametrize("format", ["PNG", "BMP", "TIFF", "PPM"])
@pytest.mark.parametrize("levels", [256, 2, 65536])
def test_28x28_grey_gets_a_border_and_keeps_every_pixel(format: str, levels: int) -> None:
    if (format, levels) == ("BMP", 65536):
        pytest.skip("no such file")
    grey = np.random.default_rng(levels).integers(0, levels, (28, 28))
    stored = grey.astype(bool if levels == 2 else np.uint8 if levels == 256 else np.uint16)
    image, change = decode(encode(stored, format))
    shown = grey * 255 if levels == 2 else grey if levels == 256 else grey // 256
    assert change == BORDERED
    np.testing.assert_array_equal(image, np.pad(np.repeat(shown[..., None], 3, 2), ((2, 2), (2, 2), (0, 0))))


def test_28x28_in_colour_is_resized_as_pillow_does() -> None:
    pixels = picture(7, 28, 28)
    image, change = decode(encode(pixels))
    assert change == RESIZED
    np.testing.assert_array_equal(image, np.asarray(Image.fromarray(pixels).resize((32, 32), Image.Resampling.BICUBIC)))
    assert decode(encode(pixels[..., 0]), own_size=True)[0].shape == (28, 28, 3)


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("size", [(30_000, 30_000), (10_000, 10_000), (1, MAX_PIXELS + 1)])
def test_huge_images_are_refused_by_their_header(size: tuple[int, int]) -> None:
    with pytest.raises(BadImage, match="64 million"):
        decode(_png_header(*size))


@pytest.mark.filterwarnings("error")
def test_the_limit_holds_where_pillows_warning_is_an_error() -> None:
    with pytest.raises(BadImage):
        decode(_png_header(10_000, 10_000))


def test_32_bit_samples_are_refused_rather_than_guessed() -> None:
    for kind in (np.int32, np.float32):
        with pytest.raises(BadImage, match="unknown range"):
            decode(encode(np.ones((32, 32), dtype=kind), "TIFF"))


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(cut=st.integers(0, 2000), flip=st.integers(0, 10_000))
def test_damaged_bytes_give_a_picture_or_bad_image_and_nothing_else(cut: int, flip: int) -> None:
    data = bytearray(encode(picture(7), "TIFF" if flip % 2 else "PNG"))
    data[flip % len(data)] ^= 0xFF
    try:
        image, _ = decode(bytes(data[: len(data) - cut]))
    except BadImage as error:
        assert str(error)
    else:
        assert image.shape == (32, 32, 3) and image.dtype == np.uint8


def test_other_formats_are_not_opened() -> None:
    with pytest.raises(BadImage, match="known format"):
        decode(encode(picture(8), "TGA"))
