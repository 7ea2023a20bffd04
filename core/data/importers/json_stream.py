"""JSON of any size, element by element, each with its line: memory is that of the largest element."""

import contextlib
import io
import json
import re
from collections.abc import Collection, Iterator
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TextIO

from core.data.importers import reading
from core.data.importers.names import short
from core.data.importers.records import Place
from core.errors import BadInput

MOST_ELEMENT_CHARS = 1 << 24
_PIECE = 1 << 16
_HEAD = 1 << 18
_NUMBER = "0123456789+-.eE"
_NO_SPACE = re.compile(r"[^ \t\r\n]")
_MARK = re.compile(r'["\[\]{}]')  # within a list or object that is passed over
_MARK_OR_END = re.compile(r'["\[\]{},]')
_MARK_IN_STRING = re.compile(r'["\\]')
_NEAR_END = 64  # chars: an error closer to the end of what was read may be a value that is cut, not a mistake
_decode = json.JSONDecoder().raw_decode


class TooLong:
    """Stands for a value that was passed over for its length."""


def why_not(value: Any, what: str) -> str:
    """The reason for a value that is left out: for its length, or since it is not `what`."""
    if isinstance(value, TooLong):
        return reading.too_long(MOST_ELEMENT_CHARS)
    return f"{short(str(value))} {what}; left out."


class Kind(Enum):
    """What an item is."""

    LIST = auto()  # a list begins; its elements follow
    OBJECT = auto()  # an object that is walked into begins; its members follow
    ELEMENT = auto()  # of the list or object that has begun
    VALUE = auto()  # a whole member of the object at the top


class Item(NamedTuple):
    """One piece of a document: what stands at the top is the section ''."""

    kind: Kind
    section: str
    key: str
    """Within an object that is walked into, else empty."""
    value: Any
    line: int
    at: int = 0
    """Of the element, from 0."""


def items(path: Path, walked: Collection[str] = ()) -> Iterator[Item]:
    """The elements of the list at the top, or of the lists, and of the objects named in `walked`, of an object there.

    One that is longer than any is passed over, and TooLong stands in its place. Raises BadInput, naming file and
    line, for what is no JSON, nested beyond all use, or cut short.
    """
    with reading.streamed(path) as file:
        yield from _items(_Text(path.name, file), walked)


def head(path: Path, walked: Collection[str] = ()) -> dict[str, Item]:
    """The first element of each section, or else its beginning, as far as the first part of a file tells."""
    try:
        with open(path, "rb") as file:
            data = file.read(_HEAD)
    except OSError:
        return {}
    text = io.StringIO(data.decode(reading.encoding_of((data,)), "replace"))
    found: dict[str, Item] = {}
    with contextlib.suppress(BadInput):  # at the latest where the part that was read ends
        for item in _items(_Text(path.name, text), walked):
            if item.section not in found or (item.at == 0 and item.kind is Kind.ELEMENT):
                found[item.section] = item
    return found


def _items(text: "_Text", walked: Collection[str]) -> Iterator[Item]:
    if text.peek() == "[":
        yield from _list(text, "")
    elif text.peek() == "{":
        yield Item(Kind.OBJECT, "", "", None, text.line)
        for name in _members(text):
            if text.peek() == "[":
                yield from _list(text, name)
            elif text.peek() == "{" and name in walked:
                yield from _object(text, name)
            else:
                line = text.line
                yield Item(Kind.VALUE, name, "", text.value_or_too_long(), line)
    else:
        text.refuse("it begins neither with { nor with [")
    if text.peek():
        text.refuse("there is more behind its end")


def _list(text: "_Text", section: str) -> Iterator[Item]:
    yield Item(Kind.LIST, section, "", None, text.line)
    text.take("[")
    index = 0
    if text.peek() != "]":
        while True:
            text.peek()
            line = text.line
            yield Item(Kind.ELEMENT, section, "", text.value_or_too_long(), line, index)
            index += 1
            if text.peek() != ",":
                break
            text.take(",")
    text.take("]")


def _object(text: "_Text", section: str) -> Iterator[Item]:
    yield Item(Kind.OBJECT, section, "", None, text.line)
    for index, name in enumerate(_members(text)):
        text.peek()
        line = text.line
        yield Item(Kind.ELEMENT, section, name, text.value_or_too_long(), line, index)


def _members(text: "_Text") -> Iterator[str]:
    """The names of an object's members; whoever loops takes the value of each."""
    text.take("{")
    if text.peek() != "}":
        while True:
            if text.peek() != '"':
                text.refuse("a name in quotes is missing")
            name = text.value()
            text.take(":")
            yield name
            if text.peek() != ",":
                break
            text.take(",")
    text.take("}")


class _TooLongError(Exception):
    """A value that is longer than any."""


class _Text:
    """The document as far as it was read, and the place in it."""

    def __init__(self, name: str, file: TextIO) -> None:
        self._name, self._file = name, file
        self._held, self._at, self._ended = "", 0, False
        self._line, self._counted = 1, 0

    @property
    def line(self) -> int:
        self._line += self._held.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            if (match := _NO_SPACE.search(self._held, self._at)) is not None:
                self._at = match.start()
                return self._held[self._at]
            self._at = len(self._held)
            if not self._more():
                return ""

    def take(self, char: str) -> None:
        if self.peek() != char:
            self.refuse(f"{char} is missing")
        self._at += 1

    def value_or_too_long(self) -> Any:
        """The value that begins here; TooLong for one that is passed over."""
        try:
            return self._value()
        except _TooLongError:
            self._pass_over()
            return TooLong()

    def value(self) -> Any:
        """The value that begins here, which may not be too long."""
        try:
            return self._value()
        except _TooLongError:
            self.refuse(f"one value has more than {MOST_ELEMENT_CHARS:,} characters")

    def _pass_over(self) -> None:
        """Go on to the comma or bracket behind the value that begins here."""
        depth, in_string = 0, False
        while True:
            mark = _MARK_IN_STRING if in_string else _MARK if depth else _MARK_OR_END
            found = mark.search(self._held, self._at)
            self._at = found.end() if found else len(self._held)
            if found is None:
                if not self._more():
                    self.refuse("it is cut short")
            elif in_string:
                in_string = found[0] == "\\"
                if in_string:
                    self._pass_one()  # what is escaped
            elif found[0] == '"':
                in_string = True
            elif found[0] in "[{":
                depth += 1
            elif depth:
                depth -= 1
            else:
                self._at = found.start()
                return

    def _pass_one(self) -> None:
        if self._at == len(self._held) and not self._more():
            self.refuse("it is cut short")
        self._at += 1

    def _value(self) -> Any:
        self.peek()
        while True:
            try:
                value, end = _decode(self._held, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated") or error.pos > len(self._held) - _NEAR_END
                if not (cut and self._more()):
                    self._at = min(error.pos, len(self._held))
                    self.refuse(error.msg)
                continue
            except RecursionError:
                self.refuse("it is nested too deep")
            except ValueError:  # an integer of thousands of digits
                self.refuse("it holds a number that is too long")
            if self._may_go_on(end) and self._more():
                continue
            self._at = end
            return value

    def _may_go_on(self, end: int) -> bool:
        """True where a value is perhaps the beginning of a number that was not read to its end."""
        while end < len(self._held) and self._held[end] in _NUMBER:
            end += 1
        return end == len(self._held)

    def refuse(self, why: str) -> NoReturn:
        raise BadInput(
            f"{Place(self._name, self.line)} is not JSON that can be read: {why}. Write the file again."
        )

    def _more(self) -> bool:
        """Read on, as much again as an unfinished value has so far; False at the end."""
        if self._ended:
            return False
        rest = len(self._held) - self._at
        if rest > MOST_ELEMENT_CHARS:
            raise _TooLongError
        piece = self._file.read(max(_PIECE, rest))
        _ = self.line
        self._held, self._at, self._counted = self._held[self._at :] + piece, 0, 0
        self._ended = not piece
        return bool(piece)
