"""From the text of a search to its tree; a mistake is a sentence that points at its place.

either  := both { "|" both }
both    := one { ["&"] one }                 a space is an and
one     := "!" one | "?" label | "(" either ")" | term
"""

import re
from collections.abc import Sequence

from core.search import terms
from core.search.lexer import Token, Unclosed, tokens
from core.search.names import Names
from core.search.nodes import And, Everything, HasLabel, Node, Not, Or, Span
from core.search.terms import SearchError, missing
from db.records import Label
from db.terms import LabelState

__all__ = ["SearchError", "parse"]

LONGEST = 4_000  # characters
DEEPEST = 60  # brackets and ! within each other
_STARTS = frozenset(("word", "quoted", "prefix", "!", "?", "("))
_WORDS = {"and": "&", "or": "|", "not": "!"}


def parse(text: str, labels: Sequence[Label]) -> Node:
    """The tree of a search over a data set with these labels; an empty text is every image.

    Raises SearchError, a BadInput with the place of the mistake.
    """
    if len(text) > LONGEST:
        raise SearchError(
            f"The search has {len(text):,} characters; at most {LONGEST:,} fit.", (LONGEST, len(text))
        )
    strange = next((at for at, char in enumerate(text) if char == "\0" or "\ud800" <= char <= "\udfff"), None)
    if strange is not None:
        raise SearchError("The search holds a character that no text may hold.", (strange, strange + 1))
    try:
        found = tokens(text)
    except Unclosed as error:
        opened = text[error.at[0] :][:20]
        raise SearchError(f"The quotation mark before “{opened[1:]}” is never closed.", error.at) from None
    return _Parser(text, found, Names.of(labels)).whole()


class _Parser:
    def __init__(self, text: str, found: Sequence[Token], names: Names) -> None:
        self.text, self.found, self.names = text, found, names
        self.place = self.depth = 0

    @property
    def token(self) -> Token:
        return self.found[self.place]

    def take(self) -> Token:
        """The present token; the next one becomes the present one."""
        token = self.token
        self.place += token.kind != "end"
        return token

    def whole(self) -> Node:
        if self.found[0].kind == "end":
            return Everything()
        found, left = self._either(), self.token
        if left.kind == ")":
            raise SearchError(
                f"The “)” after “{_tail(self.text, left.at[0])}” closes nothing: take it out, or open it with “(”.",
                left.at,
            )
        if left.kind != "end":
            raise missing(self.text, left, "a label, a measure or a name")
        return found

    def _either(self) -> Node:
        parts = [self._both()]
        while self.token.kind == "|":
            self.take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(_flat(Or, parts), at=_span(parts))

    def _both(self) -> Node:
        parts = [self._one()]
        while self.token.kind == "&" or self.token.kind in _STARTS:
            if self.token.kind == "&":
                self.take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else And(_flat(And, parts), at=_span(parts))

    def _one(self) -> Node:
        token = self.take()
        if token.kind == "!":
            with_not = self._deeper(token, self._one)
            return Not(with_not, at=(token.at[0], with_not.at[1]))
        if token.kind == "?":
            label_id, end = terms.label(
                self, "after “?” a label is missing: ?sea finds what is unknown of it"
            )
            return HasLabel(label_id, LabelState.UNKNOWN, at=(token.at[0], end))
        if token.kind == "(":
            inside = self._deeper(token, self._either)
            if self.token.kind != ")":
                raise SearchError(
                    f"The “(” before “{self.text[token.at[1] :][:20].strip()}” is never closed.", token.at
                )
            self.take()
            return inside
        if token.kind in ("word", "quoted", "prefix"):
            self._refuse_words(token)
            return terms.term(self, token)
        raise missing(self.text, token, "a label")

    def _deeper(self, token: Token, inside: "terms.Rule") -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise SearchError(
                f"The search has more than {DEEPEST} brackets and “!” within each other.", token.at
            )
        found = inside()
        self.depth -= 1
        return found

    def _refuse_words(self, token: Token) -> None:
        """`sea and clouds`: the marks are named, unless there is a label of that name."""
        mark = _WORDS.get(token.text.casefold()) if token.kind == "word" else None
        if mark and self.names.label(token.text) is None:
            raise SearchError(f"There is no label “{token.text}”: write “{mark}” instead.", token.at)


def _flat(kind: type[And] | type[Or], parts: Sequence[Node]) -> tuple[Node, ...]:
    """a & (b & c) is a & b & c."""
    found: list[Node] = []
    for part in parts:
        inner = part.all if isinstance(part, And) else part.any if isinstance(part, Or) else ()
        found += inner if isinstance(part, kind) else [part]
    return tuple(found)


def _span(parts: Sequence[Node]) -> Span:
    return parts[0].at[0], parts[-1].at[1]


def _tail(text: str, end: int) -> str:
    return re.sub(r"\s+", " ", text[max(0, end - 20) : end]).strip()
