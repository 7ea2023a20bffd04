"""The single terms of a search: labels, flags, names of files, comparisons."""

import math
import re
from collections.abc import Callable
from typing import Protocol, cast

from core.codes import PART_WORDS
from core.errors import BadInput
from core.search.lexer import META, Token
from core.search.names import FLAGS, MEASURES, Names, looks_like_a_file
from core.search.nodes import (
    ChangedBy,
    Comparison,
    Described,
    HasLabel,
    InGroup,
    InPart,
    Measured,
    Named,
    Node,
    Not,
    OnMap,
    Predicted,
    Scored,
    Span,
    Verified,
)
from db.terms import LARGEST, LabelState

Rule = Callable[[], Node]
MOST_CORNERS = 200


class SearchError(BadInput):
    """A search that cannot be read; `at` are the characters it is about."""

    def __init__(self, message: str, at: Span) -> None:
        super().__init__(message)
        self.at = at


class Reader(Protocol):
    """What a term needs of the parser."""

    text: str
    names: Names

    @property
    def token(self) -> Token: ...

    def take(self) -> Token: ...


def missing(text: str, token: Token, what: str) -> SearchError:
    """Something was expected where this token stands."""
    before = re.sub(r"\s+", " ", text[: token.at[0]]).strip()
    found = "" if token.kind == "end" else f" before “{token.text}”"
    if not before:
        return SearchError(f"{what[0].upper()}{what[1:]} is missing{found}.", token.at)
    return SearchError(f"After “{before[-30:]}” {what} is missing{found}.", token.at)


def term(reader: Reader, token: Token) -> Node:
    """The term that begins with this token, which was taken already. Raises SearchError."""
    if token.kind == "prefix":
        return _with_prefix(reader, token)
    if reader.token.kind == "compare" and token.kind == "word":
        return _measured(reader, token, token.text)
    label_id = reader.names.label(token.text)
    if label_id is not None:
        return HasLabel(label_id, at=token.at)
    if token.kind == "quoted":
        return Named(_some(token), at=token.at)
    flag = FLAGS.get(token.text.casefold())
    if flag is not None:
        return _at(flag, token.at)
    if looks_like_a_file(token.text):
        return Named(token.text, at=token.at)
    if token.text.casefold() in MEASURES:
        raise SearchError(f"“{token.text}” needs a comparison, such as {token.text}<64.", token.at)
    raise _no_label(reader.names, token)


def _no_label(names: Names, token: Token) -> SearchError:
    near = names.near(token.text)
    what = f"There is no label “{token.text[:40]}”"
    if near:
        some = " or ".join(near) if len(near) < 3 else f"{', '.join(near[:-1])} or {near[-1]}"
        return SearchError(f"{what}: did you mean {some}?", token.at)
    if not names.labels:
        return SearchError(f"{what}: this data set has no labels.", token.at)
    return SearchError(f"{what}. To find a file name, put it in quotes.", token.at)


def _at(flag: Node, at: Span) -> Node:
    if isinstance(flag, Not):
        return Not(_at(flag.of, at), at=at)
    fields = {name: getattr(flag, name) for name in flag.__slots__}
    return type(flag)(**fields, at=at)


def label(reader: Reader, without: str = "") -> tuple[int, int]:
    """(the id of the label that comes next, where it ends). Raises SearchError."""
    token = reader.token
    if token.kind not in ("word", "quoted"):
        if without and token.kind == "end":
            raise SearchError(f"{without[0].upper()}{without[1:]}.", token.at)
        raise missing(reader.text, token, "a label")
    found = reader.names.label(token.text)
    if found is None:
        raise _no_label(reader.names, token)
    reader.take()
    return found, token.at[1]


def _with_prefix(reader: Reader, token: Token) -> Node:
    rule = _PREFIXED.get(token.text)
    if rule is not None:
        return rule(reader, token)
    if token.text == META:
        return _described(reader, token)
    label_id, end = label(reader)
    at = (token.at[0], end)
    match token.text:
        case "verified":
            return Verified(label_id, at=at)
        case "unverified":
            return Not(Verified(label_id, at=at), at=at)
        case "predicted":
            return Predicted(label_id, at=at)
        case "score":
            compared, value, end = _comparison(reader, "score:sea>.8")
            return Scored(label_id, compared, value, at=(at[0], end))
    return HasLabel(label_id, LabelState(token.text), at=at)


def _measured(reader: Reader, token: Token, name: str) -> Node:
    measure = name.casefold()
    if measure not in MEASURES:
        known = f"{', '.join(MEASURES[:6])} and more"
        raise SearchError(f"“{name[:40]}” is nothing that can be compared: {known} are.", token.at)
    compared, value, end = _comparison(reader, f"{measure}<64")
    return Measured(measure, compared, value, at=(token.at[0], end))


def _comparison(reader: Reader, example: str) -> tuple[Comparison, float, int]:
    if reader.token.kind != "compare":
        raise missing(reader.text, reader.token, f"a comparison, such as {example},")
    compared = reader.take()
    token = reader.token
    if token.kind != "word":
        raise missing(reader.text, token, "a number")
    reader.take()
    return cast(Comparison, compared.text), _number(token), token.at[1]


def _number(token: Token) -> float:
    """A number such as 64, .8 or 80%; a comma between digits is no point. Raises SearchError."""
    text = token.text
    share = text.endswith("%")
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?%?", text, re.ASCII) is None or len(text) > 40:
        raise SearchError(f"“{text[:40]}” is no number: write it like 64, .8 or 80%.", token.at)
    value = float(text.removesuffix("%")) / (100 if share else 1)
    if not math.isfinite(value):
        raise SearchError(f"“{text}” is too large a number.", token.at)
    return value


def _value(reader: Reader, what: str) -> Token:
    token = reader.token
    if token.kind not in ("word", "quoted"):
        raise missing(reader.text, token, what)
    return reader.take()


def _some(token: Token) -> str:
    if not token.text.strip():
        raise SearchError("Between the quotation marks stands nothing.", token.at)
    return token.text


def _part(reader: Reader, token: Token) -> Node:
    word = _value(reader, "a part")
    part = PART_WORDS.get(word.text.casefold())
    if part is None:
        raise SearchError(f"There is no part “{word.text[:40]}”: it is train, val or test.", word.at)
    return InPart(part, at=(token.at[0], word.at[1]))


def _author(reader: Reader, token: Token) -> Node:
    word = _value(reader, "the name of a person")
    return ChangedBy(_some(word), at=(token.at[0], word.at[1]))


def _name(reader: Reader, token: Token) -> Node:
    word = _value(reader, "part of a file name")
    return Named(_some(word), at=(token.at[0], word.at[1]))


def _is(reader: Reader, token: Token) -> Node:
    word = _value(reader, "a word such as dark or verified")
    flag = FLAGS.get(word.text.casefold().replace(" ", "_"))
    if flag is None:
        raise SearchError(f"There is no “is:{word.text[:40]}”: it is {', '.join(FLAGS)}.", word.at)
    return _at(flag, (token.at[0], word.at[1]))


def _labels(reader: Reader, token: Token) -> Node:
    word = _value(reader, "a number")
    return Measured("labels", "=", _number(word), at=(token.at[0], word.at[1]))


def _group(reader: Reader, token: Token) -> Node:
    word = _value(reader, "the number of a group")
    if not (
        word.text.isascii() and word.text.isdigit() and len(word.text) <= 10 and int(word.text) <= LARGEST
    ):
        raise SearchError(f"“{word.text[:40]}” is no number of a group: write it like group:12.", word.at)
    return InGroup(int(word.text), at=(token.at[0], word.at[1]))


def _on_map(reader: Reader, token: Token) -> Node:
    word = _value(reader, "the corners of an area")
    corners: list[tuple[float, float]] = []
    for pair in word.text.split(";"):
        numbers = [_corner(number, word) for number in pair.split(",")]
        if len(numbers) != 2:
            raise SearchError("A corner of an area on the map is two numbers, such as .1,.2.", word.at)
        corners.append((numbers[0], numbers[1]))
    if not 3 <= len(corners) <= MOST_CORNERS:
        raise SearchError(
            f"An area on the map has 3 to {MOST_CORNERS} corners; this one {len(corners)}.", word.at
        )
    return OnMap(tuple(corners), at=(token.at[0], word.at[1]))


def _corner(number: str, word: Token) -> float:
    if re.fullmatch(r"-?(\d{1,3}\.?\d{0,9}|\.\d{1,9})", number.strip(), re.ASCII) is None:
        raise SearchError(f"“{number[:20]}” is no place on the map: write it like .25.", word.at)
    return float(number)


def _described(reader: Reader, token: Token) -> Node:
    column = _value(reader, "the name of a column of the source")
    if reader.token.kind != "compare":
        raise missing(reader.text, reader.token, "a comparison, such as =zoo,")
    compared = reader.take()
    value = _value(reader, "a value")
    at = (token.at[0], value.at[1])
    if compared.text not in ("=", "!="):
        _number(value)
    return Described(_some(column), cast(Comparison, compared.text), value.text, at=at)


_PREFIXED: dict[str, Callable[[Reader, Token], Node]] = {
    "part": _part,
    "author": _author,
    "name": _name,
    "is": _is,
    "labels": _labels,
    "group": _group,
    "map": _on_map,
}
