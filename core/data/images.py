"""One image file: its facts, its thumbnail, its training pixels."""

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data import decoding
from core.data.decoding import BadImage, DecodeLimits
from core.data.statistics import STATISTICS

__all__ = [
    "PIXELS_PX",
    "STATISTICS",
    "THUMBNAIL_PX",
    "BadImage",
    "DecodeLimits",
    "ImageFacts",
    "decode",
    "identify",
    "inspect",
]

PIXELS_PX = 128
THUMBNAIL_PX = 256
_OWN_BYTES = 64 * 1024  # A small picture with a heavier file carries something else: it is encoded anew.


@dataclass(frozen=True)
class ImageFacts:
    """What is known of an image file once it has been decoded."""

    key: str
    sha256: str
    """Hex digest of the file's bytes."""
    width: int
    """Pixels, after EXIF rotation."""
    height: int
    bytes: int
    mode: str
    """Pillow's name of the pixel format in the file: RGB, L, P, CMYK, I;16 …"""
    notes: tuple[str, ...]


def inspect(
    path: Path, key: str | None = None, limits: DecodeLimits | None = None
) -> tuple[ImageFacts, bytes, NDArray[np.uint8]]:
    """Read one file: facts, a JPEG thumbnail (long side ≤ 256 px), pixels (128, 128, 3) uint8 RGB.

    The pixels are the whole picture squashed to a square: nothing is cropped, so no labelled thing is lost;
    the aspect is among the statistics. `key` is how errors and facts call it (default: its file name).
    Raises BadImage with a sentence.
    """
    name = key if key is not None else path.name
    limits = limits or DecodeLimits()
    data = _read(path, name, limits)
    picture = decoding.picture(data, name, THUMBNAIL_PX, limits)
    facts = ImageFacts(
        key=name,
        sha256=hashlib.sha256(data).hexdigest(),
        width=picture.width,
        height=picture.height,
        bytes=len(data),
        mode=picture.mode,
        notes=picture.notes,
    )
    small = max(picture.width, picture.height) <= THUMBNAIL_PX and len(data) <= _OWN_BYTES
    thumbnail = data if picture.plain_jpeg and small else _thumbnail(picture.image)
    return facts, thumbnail, _squashed(picture.image, PIXELS_PX)


def identify(path: Path, key: str, limits: DecodeLimits | None = None) -> tuple[bytes, int, int, int]:
    """What tells one file from others, without decoding it: SHA-256 (32 bytes), width, height, bytes.

    Raises BadImage with a sentence; a file whose header is whole may still be damaged behind it.
    """
    limits = limits or DecodeLimits()
    data = _read(path, key, limits)
    width, height = decoding.size(data, key, limits)
    return hashlib.sha256(data).digest(), width, height, len(data)


def decode(
    source: bytes | Path, side_px: int, name: str | None = None, limits: DecodeLimits | None = None
) -> NDArray[np.uint8]:
    """One picture as (side_px, side_px, 3) uint8 RGB, squashed to the square as the training pixels are.

    Raises BadImage with a sentence.
    """
    limits = limits or DecodeLimits()
    name = name or (source.name if isinstance(source, Path) else "The picture")
    data = _read(source, name, limits) if isinstance(source, Path) else source
    if len(data) > limits.bytes:
        raise BadImage(name, _too_heavy(len(data), limits))
    return _squashed(decoding.picture(data, name, max(side_px, THUMBNAIL_PX), limits).image, side_px)


def _read(path: Path, name: str, limits: DecodeLimits) -> bytes:
    try:
        if not path.is_file():  # A named pipe would be waited for without end.
            raise BadImage(name, "It is missing, or not a regular file.")
        size = path.stat().st_size
        if size > limits.bytes:
            raise BadImage(name, _too_heavy(size, limits))
        return path.read_bytes()
    except OSError as error:
        raise BadImage(name, f"The file cannot be read ({error.strerror}): check its permissions.") from error


def _too_heavy(size: int, limits: DecodeLimits) -> str:
    return f"The file has {size / 1024**2:,.0f} MiB; an image may have {limits.bytes / 1024**2:,.0f}."


def _squashed(image: Image.Image, side_px: int) -> NDArray[np.uint8]:
    if image.size != (side_px, side_px):
        image = image.resize((side_px, side_px), Image.Resampling.BILINEAR, reducing_gap=2.0)
    return np.asarray(image)


def _thumbnail(image: Image.Image) -> bytes:
    longest = max(image.size)
    if longest > THUMBNAIL_PX:
        width, height = (max(1, round(side * THUMBNAIL_PX / longest)) for side in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()
