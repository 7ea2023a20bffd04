"""Which texts can be stored, which label names are allowed, and how a name becomes the one spelling of it."""

import unicodedata

from core.errors import BadInput

LABEL_CHARS = 200
_JOINERS = "\u200c\u200d"  # between letters of some scripts, and within emoji; invisible only alone
_BROKEN = frozenset(("Cc", "Cs", "Zl", "Zp"))


def clean_label(text: str) -> str:
    """Strip and normalise (NFC) a label name; case, quotes, markup and emoji are kept.

    Raises BadInput for a name that is empty or invisible, one above 200 characters, or one holding control
    characters or invisible ones, which make two labels look alike.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not any(_visible(char) for char in name):
        raise BadInput("A label has an empty name: give it at least one visible character.")
    if len(name) > LABEL_CHARS:
        raise BadInput(
            f"Label {short(name)} has {len(name)} characters; a label may have {LABEL_CHARS}: shorten it."
        )
    if any(unicodedata.category(char) in _BROKEN for char in name):
        raise BadInput(f"Label {short(name)} holds a control character or broken text: rename it.")
    within = range(1, len(name) - 1)
    for at, char in enumerate(name):
        if unicodedata.category(char) == "Cf" and not (char in _JOINERS and at in within):
            raise BadInput(
                f"Label {short(name)} holds an invisible character (U+{ord(char):04X}): remove it."
            )
    return name


def _visible(char: str) -> bool:
    category = unicodedata.category(char)  # Marks (M) and formats (Cf) only change a character beside them.
    return category[0] not in "MZ" and category not in ("Cc", "Cf", "Cs")


def storable(text: str) -> bool:
    """False for text that no database or file takes: half a surrogate pair, or the character 0."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def short(text: str, chars: int = 40) -> str:
    """The text in quotes, cut to a readable length; control characters are shown escaped."""
    return repr(text if len(text) <= chars else text[: chars - 1] + "…")


def shown(character: str) -> str:
    """A separator in words, for people who cannot see a space."""
    words = {" ": "space", "|": "vertical bar |", ";": "semicolon ;", ",": "comma ,", "\t": "tab"}
    return words.get(character, character)
