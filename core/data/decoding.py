"""Bytes of unknown origin become one upright RGB picture, or one sentence that says why not."""

import io
import re
import struct
import warnings
import zlib
from dataclasses import dataclass, replace

import numpy as np
from PIL import ExifTags, Image, ImageFile, UnidentifiedImageError

from core.errors import BadInput

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "PPM", "AVIF")  # No EPS: it would start Ghostscript.

# What Pillow's plugins raise on damaged files, besides OSError and SyntaxError, which they promise.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    EOFError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)
# How Pillow says that a PNG's texts or colour profile unfold to more than it holds in memory.
_METADATA = re.compile("MAX_TEXT_CHUNK|MAX_TEXT_MEMORY")
_METADATA_CHUNKS = (b"tEXt", b"zTXt", b"iTXt", b"iCCP")
# How Pillow says that a file ends too early.
_CUT = re.compile("truncated|EOF|not enough image data", re.IGNORECASE)
_MAGIC = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG"),
    "GIF": re.compile(rb"GIF8"),
    "WebP": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "TIFF": re.compile(rb"II\*\x00|MM\x00\*"),
    "AVIF": re.compile(rb".{4}ftypavi[fs]", re.DOTALL),
}
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)


class BadImage(BadInput):
    """An image file that cannot be used; `reason` is the sentence without the file's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason

    def __reduce__(self) -> tuple[type["BadImage"], tuple[str, str]]:
        # Between processes an exception is rebuilt from its args; this one needs both parts.
        return BadImage, (self.name, self.reason)


@dataclass(frozen=True)
class DecodeLimits:
    """Larger files are refused: the first by their size on disk, the second by their header alone."""

    bytes: int = 256 * 1024**2
    pixels: int = 100_000_000

    @classmethod
    def of_megapixels(cls, most: int) -> "DecodeLimits":
        """The limits that go with the setting ERRATA_MAX_IMAGE_MPX."""
        return cls(pixels=most * 1_000_000)


@dataclass(frozen=True)
class Picture:
    """An upright RGB image, perhaps already reduced, and what its file said."""

    image: Image.Image
    width: int
    """Of the file, upright, before any reduction."""
    height: int
    mode: str
    plain_jpeg: bool
    """True when the file's own bytes show the picture as it is: RGB JPEG, one frame, upright without EXIF."""
    notes: tuple[str, ...]


def picture(data: bytes, name: str, reach_px: int, limits: DecodeLimits) -> Picture:
    """Decode one file, first frame, EXIF rotation applied, transparency on white.

    JPEG is decoded at the smallest of its eighth steps that keeps both sides at `reach_px` or above.
    Raises BadImage with a sentence.
    """
    refuse_other_content(data, name)
    try:
        return _decoded(data, name, reach_px, limits)
    except _HeavyMetadata:
        bare = _decoded(_without_metadata(data), name, reach_px, limits)
    return replace(bare, notes=(*bare.notes, "Its texts or colour profile are too large, and were not read."))


def size(data: bytes, name: str, limits: DecodeLimits) -> tuple[int, int]:
    """Width and height, upright, as the header alone says; nothing is decoded. Raises BadImage with a sentence."""
    refuse_other_content(data, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                _refuse_large(opened, name, limits)
                width, height = opened.size
                return (height, width) if _orientation(opened) in _SIDEWAYS else (width, height)
        except UnidentifiedImageError as error:
            raise BadImage(name, _unidentified(data)) from error
        except _DAMAGED as error:
            if _METADATA.search(str(error)):
                return size(_without_metadata(data), name, limits)
            raise BadImage(name, _damaged(error, data, limits)) from error


class _HeavyMetadata(Exception):
    """The picture may be whole, but what is written about it is beyond Pillow's limits."""


def _decoded(data: bytes, name: str, reach_px: int, limits: DecodeLimits) -> Picture:
    # Pillow's own warning starts below our limit and would only be noise; its error stays on.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
                return _upright(opened, name, reach_px, limits)
        except UnidentifiedImageError as error:
            raise BadImage(name, _unidentified(data)) from error
        except _DAMAGED as error:
            if _METADATA.search(str(error)):
                raise _HeavyMetadata from error
            raise BadImage(name, _damaged(error, data, limits)) from error


def _without_metadata(data: bytes) -> bytes:
    """A PNG without its texts and its colour profile; what stands around the pixels is kept as it is."""
    at, kept = 8, [data[:8]]
    while at + 8 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")  # length, kind, content, checksum
        if data[at + 4 : at + 8] not in _METADATA_CHUNKS:
            kept.append(data[at:end])
        at = end
    return b"".join(kept)


def refuse_other_content(data: bytes, name: str) -> None:
    """Tell what people mistake for images by its first bytes. Raises BadImage."""
    if not data:
        raise BadImage(name, "The file is empty (0 bytes): copy it again from its source.")
    head = data[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"<svg", b"<?xml", b"<!doctype svg")) or (head[:1] == b"<" and b"<svg" in head):
        raise BadImage(name, "It is an SVG or XML drawing, not a photograph: export it as PNG.")
    if head.startswith((b"<!doctype", b"<html", b"<head", b"<script", b"<!--")):
        raise BadImage(name, "It is a web page, not an image: the download probably failed.")
    if data[4:12] in (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc", b"ftypmsf1"):
        raise BadImage(name, "It is a HEIC picture, which cannot be read here: convert it to JPEG.")


def _upright(opened: ImageFile.ImageFile, name: str, reach_px: int, limits: DecodeLimits) -> Picture:
    _refuse_large(opened, name, limits)
    width, height = opened.size
    mode, format = opened.mode, opened.format or "unknown"
    notes = _notes(opened, name, format)
    opened.draft(mode, (reach_px, reach_px))
    opened.load()
    orientation = _orientation(opened)
    plain = format == "JPEG" and mode == "RGB" and "exif" not in opened.info and orientation == 1
    image = _rgb(opened, notes)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
        notes.append("Rotated as its EXIF data says.")
    if orientation in _SIDEWAYS:
        width, height = height, width
    return Picture(image, width, height, mode, plain, tuple(notes))


def _refuse_large(opened: ImageFile.ImageFile, name: str, limits: DecodeLimits) -> None:
    width, height = opened.size
    if width * height > limits.pixels:
        reason = (
            f"It is {width:,} × {height:,} pixels, more than the {limits.pixels / 1e6:g} million allowed: "
            "make it smaller."
        )
        raise BadImage(name, reason)


def _notes(opened: ImageFile.ImageFile, name: str, format: str) -> list[str]:
    notes = []
    if getattr(opened, "is_animated", False) and format != "MPO":
        notes.append("Several frames or pages: the first is used.")
    extension = name[name.rfind(".") :].lower() if "." in name else ""
    named = Image.registered_extensions().get(extension)
    # A phone's MPO is a JPEG with a second picture behind it.
    if named in FORMATS and named != ("JPEG" if format == "MPO" else format):
        notes.append(f"Named {extension}, but its content is {format}.")
    return notes


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8; 1 where it is missing, broken, or already applied by the decoder."""
    if "exif" not in image.info and "xmp" not in image.info and "Raw profile type exif" not in image.info:
        return 1
    try:
        found = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _DAMAGED:  # A picture with damaged EXIF is still a picture.
        return 1
    return found if isinstance(found, int) and found in _UPRIGHT else 1


def _rgb(image: Image.Image, notes: list[str]) -> Image.Image:
    """Any mode as RGB, 8 bits; 16-bit values are divided, never clipped."""
    if image.mode == "RGB" and "transparency" not in image.info:
        return image  # loaded: it needs its file no more, and a copy takes a quarter of a decode
    if image.mode.startswith("I") or image.mode == "F":
        return _from_deep(image, notes)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        notes.append("Transparency is shown on white.")
        layered = image.convert("RGBA")
        white = Image.new("RGB", layered.size, "white")
        white.paste(layered, mask=layered.getchannel("A"))
        return white
    if image.mode == "CMYK":
        notes.append("CMYK, converted without its colour profile.")
    return image.convert("RGB")


def _from_deep(image: Image.Image, notes: list[str]) -> Image.Image:
    """Grey of more than 8 bits: 0..65535 (or 0..1) is scaled to 0..255; other ranges by their extremes."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))  # (height, width)
    low, high = float(values.min()), float(values.max())
    top = 1.0 if image.mode == "F" else 65535.0
    if low >= 0.0 and high <= top:
        notes.append("Grey of 16 bits or more, scaled to 8.")
        low, high = 0.0, top
    else:
        notes.append(f"Grey from {low:g} to {high:g}, scaled to 8 bits between these.")
    scaled = (values - low) * (255.0 / max(high - low, 1e-12))
    return Image.fromarray(np.rint(scaled).astype(np.uint8)).convert("RGB")


def _unidentified(data: bytes) -> str:
    if begun := next((format for format, magic in _MAGIC.items() if magic.match(data)), None):
        return f"It begins as {begun}, but then it is cut off or damaged: copy it again from its source."
    head = data[:512]
    texty = sum(byte in b"\t\n\r" or byte >= 32 for byte in head) >= 0.95 * len(head) and b"\x00" not in head
    if texty:
        return "Its content is text, not an image: replace the file."
    return f"Its content is no image that can be read ({', '.join(FORMATS)}): convert it to JPEG or PNG."


def _damaged(error: BaseException, data: bytes, limits: DecodeLimits) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return f"It has more than the {limits.pixels / 1e6:g} million pixels allowed: make it smaller."
    if isinstance(error, MemoryError):
        return "There is not enough memory to decode it: make it smaller."
    text = str(error)
    if _CUT.search(text) or isinstance(error, EOFError) or _is_short_webp(data):
        return "The file is truncated, its end is missing: copy it again from its source."
    return f"The image data is damaged ({text[:120] or type(error).__name__}): replace the file."


def _is_short_webp(data: bytes) -> bool:
    """WebP says its length in front; its decoder does not say why it fails."""
    return _MAGIC["WebP"].match(data) is not None and int.from_bytes(data[4:8], "little") + 8 > len(data)
