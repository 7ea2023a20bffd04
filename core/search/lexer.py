"""The words of a search and where they stand."""

from dataclasses import dataclass
from typing import Literal

from core.search.nodes import Span

Kind = Literal["word", "quoted", "prefix", "&", "|", "!", "?", "(", ")", "compare", "end"]

PREFIXES = (
    "present", "absent", "unknown", "verified", "unverified", "part", "author", "name", "is", "labels", "predicted",
    "score", "group", "map",
)  # fmt: skip
META = "meta."
_QUOTES = {'"': '"', "“": "”"}
_SINGLE = "&|!?()"
_ENDS_A_WORD = frozenset('&|!?()<>="“” \t\r\n\f\v')


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark; `text` of a quoted word is what stands between its quotes."""

    kind: Kind
    text: str
    at: Span


class Unclosed(Exception):
    """A quotation mark at `at` that is never closed."""

    def __init__(self, at: Span) -> None:
        super().__init__()
        self.at = at


def tokens(text: str) -> list[Token]:
    """The tokens of a search, the last of kind "end". Raises Unclosed."""
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token, at = _next(text, at)
        found.append(token)
    return [*found, Token("end", "", (len(text), len(text)))]


def _next(text: str, at: int) -> tuple[Token, int]:
    if text[at] in _QUOTES:
        return _quoted(text, at)
    two = text[at : at + 2]
    if two in ("<=", ">=", "!="):
        return Token("compare", two, (at, at + 2)), at + 2
    if text[at] in "<>=":
        return Token("compare", text[at], (at, at + 1)), at + 1
    if two in ("&&", "||"):
        return Token("&" if two == "&&" else "|", two, (at, at + 2)), at + 2
    for mark in _SINGLE:
        if text[at] == mark:
            return Token(mark, mark, (at, at + 1)), at + 1  # type: ignore[arg-type]
    return _word(text, at)


def _quoted(text: str, at: int) -> tuple[Token, int]:
    closing, inside, here = _QUOTES[text[at]], [], at + 1
    while here < len(text):
        if text[here] == "\\" and here + 1 < len(text):
            inside.append(text[here + 1])
            here += 2
        elif text[here] == closing:
            return Token("quoted", "".join(inside), (at, here + 1)), here + 1
        else:
            inside.append(text[here])
            here += 1
    raise Unclosed((at, len(text)))


def _word(text: str, at: int) -> tuple[Token, int]:
    end = at
    while end < len(text) and text[end] not in _ENDS_A_WORD and not text[end].isspace():
        end += 1
        so_far = text[at:end].casefold()
        if text[end - 1] == ":" and so_far[:-1] in PREFIXES:
            return Token("prefix", so_far[:-1], (at, end)), end
        if so_far == META:  # the name of the column may be quoted
            return Token("prefix", META, (at, end)), end
    if end == at:  # a closing quotation mark that nothing opened
        end += 1
    return Token("word", text[at:end], (at, end)), end
