"""A number and what it counts agree: `1 image is`, `12,000 images are`."""


def counted(number: int, thing: str, things: str | None = None) -> str:
    """A count and its noun: `1 image`, `12,000 images`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def those(number: int, thing: str, one: str, several: str) -> str:
    """A count, its noun and its verb: `1 image is`, `12,000 images are`."""
    return f"{counted(number, thing)} {one if number == 1 else several}"
