"""The names that a search may use: labels, flags, measures; the nearest ones where a name is wrong."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.data.statistics import STATISTICS
from core.data.trouble import quality
from core.search.lexer import META, PREFIXES, Unclosed, tokens
from core.search.nodes import Copied, InGroup, LeftOut, Node, Not, Odd, Verified
from db.records import Label

OWN_MEASURES: dict[str, str] = {
    "size": "the shorter side in pixels",
    "width": "in pixels",
    "height": "in pixels",
    "aspect": "width ÷ height",
    "bytes": "of the file",
    "labels": "how many labels are present",
    "verified": "how many labels a person has verified",
}
MEASURES = (*OWN_MEASURES, *(name for name in STATISTICS if name not in OWN_MEASURES))
FLAGS: dict[str, Node] = {
    "verified": Verified(),
    "unverified": Not(Verified()),
    "left_out": LeftOut(),
    "duplicate": Copied(),
    "group": InGroup(),
    "odd": Odd(),
    **{kind.value.replace(" ", "_"): Odd(kind.value) for kind in quality.KINDS},
}
_MOST_NEAR = 3


@dataclass(frozen=True)
class Names:
    """The labels of a data set by name."""

    labels: Mapping[str, int]  # id by name
    _by_case: Mapping[str, int]

    @classmethod
    def of(cls, labels: Sequence[Label]) -> "Names":
        """The names of these labels."""
        by_case: dict[str, int] = {}
        for label in labels:
            by_case.setdefault(label.name.casefold(), label.id)
        return cls({label.name: label.id for label in labels}, by_case)

    def label(self, name: str) -> int | None:
        """The id of the label of that name; where none is written just so, of one that differs in case alone."""
        found = self.labels.get(name)
        return self._by_case.get(name.casefold()) if found is None else found

    def near(self, word: str) -> list[str]:
        """The labels and flags whose names are nearest to a word that is none, as one writes them."""
        written, folded = {name.casefold(): quoted(name) for name in self.labels}, word.casefold()
        found = difflib.get_close_matches(folded, written, n=_MOST_NEAR, cutoff=0.6)
        # Of the words of the language itself only a slip of a key or two is meant.
        own = difflib.get_close_matches(folded, (*FLAGS, *MEASURES), n=1, cutoff=0.75)
        return [written[name] for name in found] + [name for name in own if name not in written][: not found]


def quoted(name: str) -> str:
    """A label as a search means it: in quotes where its name would be read otherwise."""
    try:
        plain = [(token.kind, token.text) for token in tokens(name)] == [("word", name), ("end", "")]
    except Unclosed:
        plain = False
    if plain and not looks_like_a_file(name) and name.casefold() not in (*PREFIXES, META):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def looks_like_a_file(word: str) -> bool:
    """True for a bare word that is a file name, if it is no label: it has a dot, a star or a slash."""
    return any(mark in word for mark in ".*/")
