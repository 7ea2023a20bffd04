"""Every kind of picture that people really have, made here from bytes."""

import contextlib
import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from core.data import images
from core.data.images import BadImage, DecodeLimits


def scene(width: int = 320, height: int = 200) -> Image.Image:
    """Red left, blue right, a white block in the upper left corner."""
    values = np.zeros((height, width, 3), np.uint8)
    values[:, : width // 2, 0] = 255
    values[:, width // 2 :, 2] = 255
    values[: height // 4, : width // 4] = 255
    return Image.fromarray(values)


def saved(picture: Image.Image, path: Path, format: str, **options: object) -> Path:
    picture.save(path, format, **options)
    return path


def colour(pixels: np.ndarray, x: float, y: float) -> tuple[int, ...]:
    side = pixels.shape[0]
    return tuple(int(value) for value in pixels[int(y * side), int(x * side)])


def near(found: tuple[int, ...], wanted: tuple[int, ...], by: int = 12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(found, wanted, strict=True))


def looks_like_scene(pixels: np.ndarray) -> bool:
    corners = near(colour(pixels, 0.1, 0.1), (255, 255, 255)) and near(colour(pixels, 0.2, 0.8), (255, 0, 0))
    return corners and near(colour(pixels, 0.8, 0.5), (0, 0, 255))


def test_a_photograph_gives_facts_thumbnail_and_pixels(tmp_path: Path) -> None:
    path = saved(scene(1600, 1000), tmp_path / "a.jpg", "JPEG", quality=95)
    facts, thumbnail, pixels = images.inspect(path, "holiday/a.jpg")
    assert (facts.key, facts.width, facts.height, facts.mode) == ("holiday/a.jpg", 1600, 1000, "RGB")
    assert facts.bytes == path.stat().st_size
    assert len(facts.sha256) == 64
    assert Image.open(io.BytesIO(thumbnail)).size == (256, 160)
    assert pixels.shape == (128, 128, 3)
    assert pixels.dtype == np.uint8
    assert looks_like_scene(pixels)


def test_a_small_clean_jpeg_is_its_own_thumbnail(tmp_path: Path) -> None:
    path = saved(scene(128, 128), tmp_path / "a.jpg", "JPEG")
    _, thumbnail, _ = images.inspect(path)
    assert thumbnail == path.read_bytes()


def test_a_small_jpeg_with_exif_is_encoded_anew_without_it(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker"
    path = saved(scene(128, 128), tmp_path / "a.jpg", "JPEG", exif=exif)
    _, thumbnail, _ = images.inspect(path)
    assert b"Maker" in path.read_bytes()
    assert b"Maker" not in thumbnail


def test_a_small_picture_is_not_blown_up_for_its_thumbnail(tmp_path: Path) -> None:
    path = saved(scene(20, 10), tmp_path / "a.png", "PNG")
    assert Image.open(io.BytesIO(images.inspect(path)[1])).size == (20, 10)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_rotation_is_applied_to_all_that_is_kept(tmp_path: Path, format: str, orientation: int) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = scene().transpose(undo[orientation]) if orientation in undo else scene()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if format == "WEBP" else {}
    path = saved(stored, tmp_path / f"a.{format.lower()}", format, exif=exif, **options)
    facts, thumbnail, pixels = images.inspect(path)
    assert (facts.width, facts.height) == (320, 200)
    assert looks_like_scene(pixels)
    assert looks_like_scene(np.asarray(Image.open(io.BytesIO(thumbnail)).resize((128, 128))))


def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    scene().save(path, "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\xff" + b"\xff" * 20)
    assert looks_like_scene(images.inspect(path)[2])


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    path = saved(scene().convert("CMYK"), tmp_path / "a.jpg", "JPEG", quality=95)
    facts, thumbnail, pixels = images.inspect(path)
    assert facts.mode == "CMYK"
    assert looks_like_scene(pixels)
    assert Image.open(io.BytesIO(thumbnail)).mode == "RGB"


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_16_bits_are_scaled_not_clipped(tmp_path: Path, format: str) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    path = saved(Image.fromarray(ramp), tmp_path / f"a.{format.lower()}", format)
    pixels = images.inspect(path)[2]
    assert near(colour(pixels, 0.25, 0.5), (64, 64, 64), by=3)
    assert near(colour(pixels, 0.75, 0.5), (192, 192, 192), by=3)


def test_floating_point_grey_is_scaled(tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 1, 256).astype(np.float32), (64, 1))
    path = saved(Image.fromarray(ramp), tmp_path / "a.tiff", "TIFF")
    assert near(colour(images.inspect(path)[2], 0.5, 0.5), (128, 128, 128), by=3)


def test_a_palette_keeps_its_colours_and_shows_transparency_on_white(tmp_path: Path) -> None:
    indexed = Image.new("P", (64, 64), 0)
    indexed.putpalette([0, 255, 0, 255, 0, 0] + [0] * 762)
    indexed.paste(1, (32, 0, 64, 64))
    path = saved(indexed, tmp_path / "a.png", "PNG", transparency=0)
    facts, _, pixels = images.inspect(path)
    assert near(colour(pixels, 0.2, 0.5), (255, 255, 255))
    assert near(colour(pixels, 0.8, 0.5), (255, 0, 0))
    assert "Transparency is shown on white." in facts.notes


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_shown_on_white(tmp_path: Path, mode: str) -> None:
    clear = Image.new(mode, (64, 64))
    assert near(colour(images.inspect(saved(clear, tmp_path / "a.png", "PNG"))[2], 0.5, 0.5), (255, 255, 255))


@pytest.mark.parametrize("mode", ["1", "L"])
def test_black_and_white_becomes_rgb(tmp_path: Path, mode: str) -> None:
    pixels = images.inspect(saved(Image.new(mode, (9, 9), "white"), tmp_path / "a.png", "PNG"))[2]
    assert near(colour(pixels, 0.5, 0.5), (255, 255, 255))


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_used(tmp_path: Path, format: str) -> None:
    later = Image.new("RGB", (320, 200), "lime")
    path = tmp_path / f"a.{format.lower()}"
    scene().save(path, format, save_all=True, append_images=[later, later])
    facts, _, pixels = images.inspect(path)
    assert looks_like_scene(pixels)
    assert "Several frames or pages: the first is used." in facts.notes


def test_a_misnamed_picture_is_read_by_its_content(tmp_path: Path) -> None:
    facts, _, pixels = images.inspect(saved(scene(), tmp_path / "a.jpg", "PNG"))
    assert looks_like_scene(pixels)
    assert "Named .jpg, but its content is PNG." in facts.notes


def test_one_pixel_is_a_picture(tmp_path: Path) -> None:
    _, _, pixels = images.inspect(saved(Image.new("RGB", (1, 1), "red"), tmp_path / "a.png", "PNG"))
    assert colour(pixels, 0.5, 0.5) == (255, 0, 0)


def test_a_very_long_picture_keeps_a_thumbnail_of_one_pixel_height(tmp_path: Path) -> None:
    facts, thumbnail, _ = images.inspect(saved(Image.new("RGB", (4000, 2)), tmp_path / "a.png", "PNG"))
    assert Image.open(io.BytesIO(thumbnail)).size == (256, 1)
    assert facts.width == 4000


def bytes_of(format: str) -> bytes:
    file = io.BytesIO()
    rng = np.random.default_rng(1)
    Image.fromarray(rng.integers(0, 255, (200, 300, 3), dtype=np.uint8)).save(file, format)
    return file.getvalue()


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\x00" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


REFUSED = {
    "empty": (b"", "empty"),
    "truncated JPEG": (bytes_of("JPEG")[:4000], "truncated"),
    "truncated PNG": (bytes_of("PNG")[:4000], "truncated"),
    "truncated GIF": (bytes_of("GIF")[:4000], "truncated"),
    "truncated WebP": (bytes_of("WEBP")[:4000], "truncated"),
    "truncated TIFF": (bytes_of("TIFF")[:4000], "truncated"),
    "truncated PPM": (bytes_of("PPM")[:12], "truncated"),
    "truncated AVIF": (bytes_of("AVIF")[:-1000], "begins as AVIF"),
    "only a JPEG's header": (bytes_of("JPEG")[:20], "begins as JPEG, but then it is cut off"),
    "four bytes of a JPEG": (bytes_of("JPEG")[:4], "begins as JPEG"),
    "only a PNG's header": (bytes_of("PNG")[:12], "begins as PNG"),
    "only a GIF's header": (bytes_of("GIF")[:20], "begins as GIF"),
    "only a WebP's header": (bytes_of("WEBP")[:12], "begins as WebP"),
    "only a TIFF's header": (bytes_of("TIFF")[:8], "begins as TIFF"),
    "only an AVIF's header": (bytes_of("AVIF")[:100], "begins as AVIF"),
    "PNG with a hole": (bytes_of("PNG")[:2000] + bytes(2000) + bytes_of("PNG")[4000:], "damaged"),
    "text": (b"these are my holiday notes\n" * 20, "text"),
    "web page": (b"\n<!DOCTYPE html><html><body>404</body></html>", "web page"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
    "SVG with XML declaration": (b'<?xml version="1.0"?><svg/>', "SVG"),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "text"),
    "noise": (np.random.default_rng(0).bytes(5000), "no image"),
    "HEIC": (b"\x00\x00\x00\x18ftypheic" + b"\x00" * 100, "HEIC"),
    "bomb of 2,500 Mpx": (png_claiming(50_000, 50_000), "million"),
    "bomb of 110 Mpx": (png_claiming(11_000, 10_000), "11,000 × 10,000"),
}


@pytest.mark.filterwarnings("error")  # No warning either: they would fill the log of an import.
@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_picture_is_refused_with_a_sentence(tmp_path: Path, kind: str) -> None:
    data, word = REFUSED[kind]
    path = tmp_path / "a.jpg"
    path.write_bytes(data)
    with pytest.raises(BadImage) as caught:
        images.inspect(path, "sub/a.jpg")
    assert word
    assert word in caught.value.reason
    assert ": " in caught.value.reason  # what is wrong, then what to do
    assert str(caught.value).startswith("sub/a.jpg: ")


def test_the_pixel_limit_is_a_setting(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.png", "PNG")
    with pytest.raises(BadImage, match=r"more than the 0\.01 million allowed"):
        images.inspect(path, limits=DecodeLimits(pixels=10_000))


def test_a_heavy_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.bmp", "BMP")
    with pytest.raises(BadImage, match="an image may have"):
        images.inspect(path, limits=DecodeLimits(bytes=1000))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadImage, match="missing"):
        images.inspect(tmp_path / "a.jpg")


def test_a_named_pipe_does_not_hang_the_import(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.jpg")
    with pytest.raises(BadImage, match="not a regular file"):
        images.inspect(tmp_path / "a.jpg")


@pytest.mark.parametrize("format", ["JPEG", "PNG", "GIF", "TIFF", "WEBP", "BMP", "PPM"])
def test_damage_anywhere_in_a_file_is_a_sentence_or_a_picture(format: str) -> None:
    """Cut the file and change bytes of its head: nothing but BadImage may come out."""
    rng = np.random.default_rng(7)
    whole = np.frombuffer(bytes_of(format), np.uint8)
    for _ in range(25):
        data = whole.copy()[: rng.integers(1, len(whole))]
        places = rng.integers(0, min(len(data), 400), 4)
        data[places] = rng.integers(0, 256, 4)
        with contextlib.suppress(BadImage):
            assert images.decode(data.tobytes(), 32).shape == (32, 32, 3)


def test_decode_gives_the_side_that_a_model_wants(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.png", "PNG")
    assert looks_like_scene(images.decode(path.read_bytes(), 64))
    assert images.decode(path, 300).shape == (300, 300, 3)
    with pytest.raises(BadImage, match=r"^The picture: "):
        images.decode(b"", 64)


def heavy(kind: str) -> PngInfo | bytes:
    """Metadata that a few kilobytes unfold to, beyond what Pillow reads."""
    if kind == "iCCP":
        return bytes(2 * 1024**2)
    info = PngInfo()
    add = info.add_itxt if kind == "iTXt" else info.add_text
    for at in range(1 if kind != "many" else 70):
        add(f"Comment {at}", "x" * (2 * 1024**2 if kind != "many" else 1000**2), zip=True)
    return info


@pytest.mark.parametrize("kind", ["zTXt", "iTXt", "iCCP", "many"])
def test_a_png_with_very_large_metadata_is_read_without_it(tmp_path: Path, kind: str) -> None:
    option = "icc_profile" if kind == "iCCP" else "pnginfo"
    path = saved(scene(), tmp_path / "a.png", "PNG", **{option: heavy(kind)})
    facts, _, pixels = images.inspect(path)
    assert looks_like_scene(pixels)
    assert "Its texts or colour profile are too large, and were not read." in facts.notes


def test_a_damaged_png_with_very_large_metadata_is_still_damaged(tmp_path: Path) -> None:
    path = saved(scene(), tmp_path / "a.png", "PNG", pnginfo=heavy("zTXt"))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(BadImage, match="truncated"):
        images.inspect(path)
