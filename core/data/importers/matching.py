"""Which image a name in somebody's table or JSON means: by its path, else by what is unique of it."""

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from urllib.parse import unquote

import numpy as np

from core.data.importers.names import short

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/+")  # two letters at least: C:/ is a disk


class ImageNames:
    """Finds images by name, case and Unicode form aside only where nothing else fits.

    The order: the path as it is; the path cleaned (backslashes, ./, a URL's escapes); the longest end of it
    that is a path here, so that absolute paths and URLs fit; the file name; the stem; then the same without
    regard to case and Unicode normal form. An index is made when it is first needed: 16 bytes an image.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._known = frozenset(keys)
        self._indices: dict[Callable[[str], str], _Index] = {}

    def exactly(self, path: str) -> str | None:
        """The key that is this very path, or None."""
        return path if path in self._known else None

    def find(self, cell: str) -> str | None:
        """The key, or None when no image or more than one fits."""
        if cell in self._known:
            return cell
        fitting = self.fitting(cell)
        return fitting[0] if len(fitting) == 1 else None

    def fitting(self, cell: str) -> list[str]:
        """The keys that fit equally well, the first few: one, none, or several that cannot be told apart."""
        for name in _spellings(cell):
            if name in self._known:
                return [name]
            below = name
            while "/" in below:
                below = below.split("/", 1)[1]
                if below in self._known:
                    return [below]
            end = _end(name)
            for form, wanted in ((_end, end), (_stem, end), (_folded, _folded(name))):
                if wanted and (found := self._index(form).find(wanted)):
                    return _nearest(found, name)
            end = _folded(end)
            for form in (_folded_end, _folded_stem):
                if end and (found := self._index(form).find(end)):
                    return _nearest(found, name)
        return []

    def why_not(self, cell: str) -> str:
        """What is said of a name that `find` does not find."""
        fitting = self.fitting(cell)
        if len(fitting) > 1:
            return f"{short(cell, 80)} fits {fitting[0]} and {fitting[1]}: write the path; left out."
        return f"No single image fits {short(cell, 80)}; left out."

    def _index(self, form: Callable[[str], str]) -> "_Index":
        if form not in self._indices:
            self._indices[form] = _Index(self._keys, form)
        return self._indices[form]


class _Index:
    """Positions of keys by the hash of one form of them."""

    def __init__(self, keys: Sequence[str], form: Callable[[str], str]) -> None:
        self._keys, self._form = keys, form
        codes = np.fromiter((hash(form(key)) for key in keys), np.int64, len(keys))
        self._order = np.argsort(codes, kind="stable").astype(np.int32)
        self._codes = array("q", codes[self._order].tobytes())  # numpy's search takes longer for one number

    def find(self, text: str, most: int = 100) -> list[str]:
        """The first keys whose form is `text`."""
        code = hash(text)
        at = bisect_left(self._codes, code)
        found: list[str] = []
        while at < len(self._codes) and self._codes[at] == code and len(found) < most:
            key = self._keys[self._order[at]]
            if self._form(key) == text:
                found.append(key)
            at += 1
        return found


def _nearest(keys: list[str], name: str) -> list[str]:
    """Of keys that share a file name or stem, those with the most folders before it in common with `name`."""
    if len(keys) == 1 or "/" not in name:
        return keys
    wanted = _folded(name).split("/")[-2::-1]

    def common(key: str) -> int:
        above = _folded(key).split("/")[-2::-1]
        return next(
            (at for at, (a, b) in enumerate(zip(above, wanted, strict=False)) if a != b),
            min(len(above), len(wanted)),
        )

    counts = [common(key) for key in keys]
    return [key for key, count in zip(keys, counts, strict=True) if count == max(counts)]


def _spellings(cell: str) -> list[str]:
    """The name as paths are written here, and again without the escapes and the query of a URL."""
    name = cell.strip().replace("\\", "/")
    while name.startswith("./"):
        name = name[2:]
    plain = [name]
    if url := _URL.match(name):
        plain.append(unquote(name[url.end() :].split("?", 1)[0].split("#", 1)[0]))
    elif "%" in name:
        plain.append(unquote(name))
    return plain


def _end(key: str) -> str:
    return key.rsplit("/", 1)[-1]


def _stem(key: str) -> str:
    end = _end(key)
    return end.rsplit(".", 1)[0] or end


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _folded_end(key: str) -> str:
    return _folded(_end(key))


def _folded_stem(key: str) -> str:
    return _folded(_stem(key))
