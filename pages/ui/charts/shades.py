"""The colours of a heat map, and what is written on them: dark or light, whichever can be read."""

from collections.abc import Sequence

CIVIDIS = ("#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838")  # for any colour vision
DARK, LIGHT = "#000000", "#ffffff"


def scale() -> list[tuple[float, str]]:
    """The colours as Plotly takes them: a share of the range each."""
    return [(at / (len(CIVIDIS) - 1), colour) for at, colour in enumerate(CIVIDIS)]


def at(share: float) -> tuple[float, float, float]:
    """The colour at a share of the range, red, green and blue as 0..1, between two of the scale in proportion."""
    place = min(max(share, 0.0), 1.0) * (len(CIVIDIS) - 1)
    below = min(int(place), len(CIVIDIS) - 2)
    low, high = _parts(CIVIDIS[below]), _parts(CIVIDIS[below + 1])
    red, green, blue = (a + (place - below) * (b - a) for a, b in zip(low, high, strict=True))
    return red, green, blue


def written(share: float) -> str:
    """The colour to write in at a share of the range: of dark and light the one with more contrast, 4.5 or more."""
    ground = at(share)
    return max((DARK, LIGHT), key=lambda colour: contrast(_parts(colour), ground))


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """How far two colours are apart, 1 to 21 (WCAG 2.2, contrast ratio); AA asks for 4.5."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of a colour in sRGB, 0 to 1."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
