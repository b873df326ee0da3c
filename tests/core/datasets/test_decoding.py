import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.datasets.decoding import LARGEST_IMAGE, ImageError, decode, decode_all, fitted, header


def encoded(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def grey(value=100, size=(4, 4)) -> Image.Image:
    return Image.new("L", size, value)


def noise(size=(64, 64)) -> Image.Image:
    values = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(values)


def together(*contents: bytes, **options):
    named = [(f"{index}.png", content) for index, content in enumerate(contents)]
    return decode_all(lambda: iter(named), len(named), **options)


def png(width: int, height: int, bits: int, kind: int, content: bytes) -> bytes:
    """A PNG with these bytes, of a kind of colour (0 grey, 2 RGB, 4 and 6 with alpha)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(content))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def png_of_size(width: int, height: int) -> bytes:
    """A PNG that declares a size and holds almost nothing."""
    return png(width, height, 8, 0, bytes(1000))


def test_grey_stays_grey_and_colour_stays_colour():
    assert decode(encoded(grey(7))).tolist() == [[[7]] * 4] * 4
    red = Image.new("RGB", (4, 4), (255, 0, 0))
    assert decode(encoded(red))[0, 0].tolist() == [255, 0, 0]


def test_black_and_white_becomes_0_and_255():
    image = Image.new("1", (4, 4), 1)
    assert decode(encoded(image)).tolist() == [[[255]] * 4] * 4


def test_a_palette_becomes_rgb():
    image = Image.new("RGB", (4, 4), (10, 200, 30)).quantize(4)
    assert image.mode == "P"
    assert decode(encoded(image))[0, 0].tolist() == [10, 200, 30]


def test_a_transparent_palette_is_read_without_a_warning_and_noted():
    image = Image.new("RGB", (4, 4), (10, 200, 30)).quantize(4)
    content = encoded(image, transparency=b"\x00\x80\xff\xff")
    assert decode(content)[0, 0].tolist() == [10, 200, 30]
    assert together(content).notes == (
        "1 image had a palette, converted to RGB",
        "1 image had an alpha channel, which was dropped",
    )


def test_cmyk_becomes_rgb():
    image = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    pixel = decode(encoded(image, "JPEG", quality=100))[0, 0].astype(int)
    assert np.abs(pixel - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize(("mode", "channels"), [("LA", 1), ("RGBA", 3)])
def test_alpha_is_dropped_and_what_lies_beneath_shows(mode, channels):
    image = grey(90).convert(mode)
    image.putalpha(0)
    found = together(encoded(image))
    assert found.images.shape == (1, 4, 4, channels)
    assert (found.images == 90).all()
    assert found.notes == ("1 image had an alpha channel, which was dropped",)


def test_sixteen_bits_are_scaled_to_eight():
    values = np.array([[0, 128, 257], [32896, 65407, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        content = encoded(Image.fromarray(values), kind)
        assert decode(content)[:, :, 0].tolist() == [[0, 0, 1], [128, 255, 255]]
    assert together(content).notes == ("1 image had 16 bits, scaled to 8",)


SIXTEEN = "1 image had 16 bits, scaled to 8"


@pytest.mark.parametrize(("kind", "channels"), [(2, 3), (6, 4)])
def test_of_a_16_bit_colour_png_the_high_bytes_are_kept_and_that_is_said(kind, channels):
    pixel = b"\x12\xff\x34\x00\x56\x80\xff\xff"[: 2 * channels]
    found = together(png(2, 2, 16, kind, (b"\0" + pixel * 2) * 2))
    assert found.images.tolist() == [[[[0x12, 0x34, 0x56]] * 2] * 2]
    assert SIXTEEN in found.notes


def test_of_other_colour_files_16_bits_are_noted_and_8_are_not():
    values = b"\x12\xff\x34\x00\x56\x80" * 4
    assert together(b"P6 2 2 65535\n" + values).notes == (SIXTEEN,)
    assert together(b"P6 2 2 255\n" + values[:12]).notes == ()
    assert together(png(2, 2, 8, 2, (b"\0" + bytes(6)) * 2)).notes == ()


def test_floating_point_pixels_are_refused():
    content = encoded(Image.fromarray(np.zeros((2, 2), np.float32)), "TIFF")
    with pytest.raises(ImageError, match="floating-point pixels: save it with 8 or 16 bits"):
        decode(content)


def test_pixels_beyond_16_bits_are_refused():
    content = encoded(Image.fromarray(np.full((2, 2), 70000, np.int32)), "TIFF")
    with pytest.raises(ImageError, match="pixels from 70000 to 70000: save it with 8 or 16 bits"):
        decode(content)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken_and_that_is_noted(kind):
    options = {} if kind == "TIFF" else {"duration": 50}
    options |= {"lossless": True} if kind == "WEBP" else {}
    frames = [Image.new("RGB", (4, 4), (value, value, value)) for value in (10, 200, 90)]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    found = together(content)
    assert (found.images == 10).all()
    assert found.notes[-1] == "1 image had several frames, of which the first was taken"


def test_orientation_tags_are_not_applied():
    image = grey(size=(4, 6))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert decode(encoded(image, "JPEG", exif=exif)).shape == (6, 4, 1)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF"])
def test_a_truncated_image_is_refused(kind):
    content = encoded(noise(), kind)
    assert decode(content).shape == (64, 64, 3)
    with pytest.raises(ImageError):
        decode(content[: len(content) // 2])


@pytest.mark.parametrize("seed", range(30))
def test_damaged_bytes_give_an_image_or_one_line(seed):
    random = np.random.default_rng(seed)
    content = bytearray(encoded(noise((16, 16)), ["PNG", "JPEG", "GIF", "TIFF", "WEBP"][seed % 5]))
    for place in random.integers(0, len(content), 8):
        content[place] = random.integers(256)
    with contextlib.suppress(ImageError):  # anything else would be a traceback for the reader
        assert decode(bytes(content)).dtype == np.uint8


def test_text_is_not_an_image():
    with pytest.raises(ImageError, match="not an image that Pillow knows"):
        decode(b"hello, world")
    with pytest.raises(ImageError, match="empty"):
        decode(b"")


def test_postscript_which_would_run_a_program_is_not_an_image():
    with pytest.raises(ImageError, match="not an image that Pillow knows"):
        decode(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n")


@pytest.mark.parametrize("side", [8_000, 12_000, 30_000])
def test_a_giant_image_is_refused_before_it_is_decoded(side):
    assert side**2 > LARGEST_IMAGE
    with pytest.raises(ImageError, match="more than 50 million"):
        header(png_of_size(side, side))
    with pytest.raises(ValueError, match=r"1 of 1 image could not be read: 0.png \(.*50 million"):
        together(png_of_size(side, side))


def test_a_set_of_grey_images_has_one_channel_and_any_other_three():
    colour = Image.new("RGB", (4, 4), (255, 0, 0))
    assert together(encoded(grey()), encoded(grey())).images.shape == (2, 4, 4, 1)
    mixed = together(encoded(grey(50)), encoded(colour)).images
    assert mixed.shape == (2, 4, 4, 3)
    assert mixed[0, 0, 0].tolist() == [50, 50, 50]


def test_red_in_grey_has_the_luma_of_itu_601():
    colour = Image.new("RGB", (4, 4), (255, 0, 0))
    assert together(encoded(colour), channels=1).images[0, 0, 0, 0] == round(0.299 * 255)


def test_images_of_mixed_size_are_refused_unless_a_size_is_given():
    small, large = encoded(grey(9, (4, 4))), encoded(grey(9, (8, 6)))
    with pytest.raises(
        ValueError, match=r"got 2 sizes, .* 4 x 4 \(0.png\) and 6 x 8 \(1.png\): set"
    ):
        together(small, large)
    assert together(small, large, size=(5, 7)).images.shape == (2, 5, 7, 1)


def test_a_size_keeps_the_middle_and_the_proportions():
    wide = np.zeros((4, 12), np.uint8)
    wide[:, 4:8] = 255
    found = together(encoded(Image.fromarray(wide)), size=(4, 4)).images
    assert (found == 255).all()


def test_corrupt_images_are_named_counted_and_refused():
    good, bad = encoded(noise()), encoded(noise())[:500]
    with pytest.raises(
        ValueError,
        match=r"2 of 3 images could not be read: 2.png \(not an .*\), 1.png \(.*\): .*skip_corrupt",
    ):
        together(good, bad, b"text")


def test_many_corrupt_images_are_counted_and_some_named():
    with pytest.raises(ValueError, match=r"9 of 9 images .*0.png.*4.png \(\w+\) and 4 more: mend"):
        together(*[b""] * 9)


def test_corrupt_images_are_left_out_when_that_is_asked_for():
    good, bad = encoded(noise()), encoded(noise())[:500]
    found = together(bad, good, b"text", good, skip_corrupt=True)
    assert found.kept.tolist() == [False, True, False, True]
    assert len(found.images) == 2
    assert found.notes[0].startswith("2 of 4 images could not be read: 2.png")


def test_a_truncated_image_of_another_size_is_left_out_and_no_mixed_size():
    good, torso = encoded(noise()), encoded(noise((80, 80)))[:500]
    found = together(torso, good, good, skip_corrupt=True)
    assert found.kept.tolist() == [False, True, True]
    assert found.images.shape == (2, 64, 64, 3)
    assert found.notes[0].startswith("1 of 3 images could not be read: 0.png")
    with pytest.raises(ValueError, match=r"got 2 sizes, .* 80 x 80 \(0.png\)"):
        together(torso, good)


def test_whole_images_of_mixed_size_are_refused_however_many_are_skipped():
    with pytest.raises(ValueError, match=r"got 2 sizes, .*\(1.png\) and .*\(2.png\)"):
        together(b"text", encoded(noise()), encoded(noise((80, 80))), skip_corrupt=True)


def test_a_set_without_one_good_image_is_refused_even_so():
    with pytest.raises(ValueError, match=r"2 of 2 images could not be read: .*: none is left"):
        together(b"a", b"b", skip_corrupt=True)


def test_a_set_larger_than_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr("core.datasets.decoding.LARGEST_SET", 1000)
    with pytest.raises(
        ValueError, match="2 images of 30 x 30 x 1 need 0 GB of memory: give a small"
    ):
        together(*[encoded(grey(size=(30, 30)))] * 2)


def test_images_said_to_be_alike_must_be():
    with pytest.raises(ValueError, match=r"1 of 2 images could not be read: 1.png"):
        together(encoded(grey()), encoded(grey(size=(5, 5))), alike=True)


def test_decoded_images_are_fitted_too():
    images = np.full((2, 4, 4, 1), 7, np.uint8)
    assert fitted(images, None, None) is images
    larger = fitted(images, (8, 6), 3)
    assert larger.shape == (2, 8, 6, 3)
    assert (larger == 7).all()
