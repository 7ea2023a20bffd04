"""The key that toggles each label in the gallery."""

from collections.abc import Sequence

from core.errors import BadInput

# The gallery's own: next, previous, leave out, undo.
RESERVED = frozenset("npxz")
_OWN = {
    "n": "goes to the next picture",
    "p": "goes to the previous picture",
    "x": "leaves an image out, or takes it back",
    "z": "undoes the last change",
    **dict.fromkeys("1234", "moves an error to another cause"),
    " ": "selects a picture",
    "?": "opens the map of keys",
}


def assign(names: Sequence[str]) -> list[str]:
    """A letter for each label by position, "" when none is left: its first free letter, else any free one."""
    free = [chr(code) for code in range(ord("a"), ord("z") + 1) if chr(code) not in RESERVED]
    keys = [""] * len(names)
    for position, name in enumerate(names):
        own = [letter for letter in name.casefold() if letter in free]
        if own:
            keys[position] = own[0]
            free.remove(own[0])
    for position in range(len(names)):
        if not keys[position] and free:
            keys[position] = free.pop(0)
    return keys


def proposed(name: str, taken: Sequence[str]) -> str:
    """A letter for one more label: its first that is free, else any free one; "" when none is left."""
    own = [letter for letter in name.casefold() if "a" <= letter <= "z"]
    others = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    return next((one for one in own + others if one not in RESERVED and one not in taken), "")


def check(text: str) -> str:
    """A key as it is stored, "" for none. Raises BadInput for one that no label can have, and says why."""
    if not text:
        return ""
    key = " " if text == " " else text.strip().lower()
    if key in _OWN:
        raise BadInput(f"The key {shown(key)} is the gallery's own: it {_OWN[key]}. Choose another one.")
    if len(key) != 1 or not key.isalnum():
        raise BadInput(f"A key is one letter or digit; “{text}” is not: choose one such as A or 7.")
    return key


def shown(key: str) -> str:
    """A key as it stands on the keyboard."""
    return "Space" if key == " " else key.upper()
