"""Which label names are allowed, and how a name becomes the one spelling that is stored."""

import unicodedata

from core.errors import BadInput

LABEL_CHARS = 200


def clean_label(text: str) -> str:
    """Strip and normalise (NFC) a label name; case, quotes, markup and emoji are kept.

    Raises BadInput for an empty name, one above 200 characters, or one holding control characters.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise BadInput("A label has an empty name: give it at least one visible character.")
    if len(name) > LABEL_CHARS:
        raise BadInput(
            f"Label {short(name)} has {len(name)} characters; a label may have {LABEL_CHARS}: shorten it."
        )
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise BadInput(f"Label {short(name)} holds a control character or broken text: rename it.")
    return name


def short(text: str, chars: int = 40) -> str:
    """The text in quotes, cut to a readable length; control characters are shown escaped."""
    return repr(text if len(text) <= chars else text[: chars - 1] + "…")


def shown(character: str) -> str:
    """A separator in words, for people who cannot see a space."""
    words = {" ": "space", "|": "vertical bar |", ";": "semicolon ;", ",": "comma ,", "\t": "tab"}
    return words.get(character, character)
