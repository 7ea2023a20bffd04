"""The key that toggles each label in the gallery."""

from collections.abc import Sequence

# The gallery's own: next, previous, undo.
RESERVED = frozenset("npz")


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
