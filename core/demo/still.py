"""Things on a table, none with a label: a cup, an apple, a pear, a bottle, books, a candle.

Every function draws one object with a brush at its foot; a bottle is one unit high.
"""

from core.demo.canvas import Brush
from core.demo.light import Rng, bright, dark, hue, pick

_GLAZE = "#d6604a #3f7fa8 #f2ede2 #e8b730 #5f9a7a #7a5f8f #2f3e5c"


def cup(brush: Brush, rng: Rng) -> None:
    """A cup with its handle."""
    glaze = pick(rng, _GLAZE)
    brush.shadow(0.4, 0.07)
    brush.line([(0.26, 0.42), (0.42, 0.4), (0.42, 0.18), (0.22, 0.12)], 0.06, dark(glaze, 0.15))
    brush.poly([(-0.28, 0.52), (-0.2, 0.03), (0.2, 0.03), (0.28, 0.52)], glaze)
    brush.poly([(0.06, 0.52), (0.06, 0.03), (0.2, 0.03), (0.28, 0.52)], dark(glaze, 0.18))
    brush.oval(0, 0.02, 0.2, 0.05, dark(glaze, 0.1))
    brush.oval(0, 0.52, 0.28, 0.075, bright(glaze, 0.3))
    brush.oval(0, 0.51, 0.23, 0.055, hue("#4a2f22"))


def apple(brush: Brush, rng: Rng) -> None:
    """An apple or an orange."""
    skin = pick(rng, "#c8382f #7fa83a #e8a03a #d9602f")
    brush.shadow(0.34, 0.07)
    brush.oval(0, 0.26, 0.29, 0.27, dark(skin, 0.25))
    brush.oval(-0.02, 0.28, 0.26, 0.24, skin)
    brush.oval(-0.1, 0.38, 0.08, 0.06, bright(skin, 0.55), 0.8)
    brush.line([(0, 0.5), (0.05, 0.64)], 0.03, hue("#5a4030"))


def pear(brush: Brush, rng: Rng) -> None:
    """A pear."""
    skin = pick(rng, "#b8b84a #d0b84a #8fa84a")
    brush.shadow(0.32, 0.07)
    brush.ramp(
        [(0, 0.7), (-0.13, 0.5), (-0.28, 0.22), (-0.14, 0), (0.14, 0), (0.28, 0.22), (0.13, 0.5)],
        bright(skin, 0.2),
        dark(skin, 0.25),
    )
    brush.oval(-0.09, 0.3, 0.06, 0.1, bright(skin, 0.5), 0.6)
    brush.line([(0, 0.68), (0.06, 0.82)], 0.035, hue("#5a4030"))


def bottle(brush: Brush, rng: Rng) -> None:
    """A bottle or vase."""
    glass = pick(rng, "#3f6b4f #6b8fa8 #8a4a3a #c9b88f")
    brush.shadow(0.3, 0.06)
    brush.ramp(
        [
            (-0.2, 0),
            (-0.21, 0.5),
            (-0.08, 0.7),
            (-0.07, 0.98),
            (0.07, 0.98),
            (0.08, 0.7),
            (0.21, 0.5),
            (0.2, 0),
        ],
        bright(glass, 0.25),
        dark(glass, 0.2),
    )
    brush.poly([(-0.14, 0.08), (-0.15, 0.5), (-0.1, 0.55), (-0.09, 0.08)], bright(glass, 0.55), 0.6)
    brush.poly([(-0.19, 0.15), (-0.19, 0.36), (0.19, 0.36), (0.19, 0.15)], hue("#f0e6cf"))


def books(brush: Brush, rng: Rng) -> None:
    """A pile of books."""
    brush.shadow(0.5, 0.06)
    for i in range(int(rng.integers(2, 5))):
        cover, shift, half = (
            pick(rng, _GLAZE),
            float(rng.uniform(-0.06, 0.06)),
            float(rng.uniform(0.32, 0.46)),
        )
        low = i * 0.13
        brush.poly(
            [
                (shift - half, low),
                (shift - half, low + 0.12),
                (shift + half, low + 0.12),
                (shift + half, low),
            ],
            cover,
        )
        brush.poly(
            [
                (shift + half - 0.04, low + 0.02),
                (shift + half - 0.04, low + 0.1),
                (shift + half, low + 0.1),
                (shift + half, low + 0.02),
            ],
            hue("#f4eee0"),
        )
        brush.poly(
            [
                (shift - half, low + 0.09),
                (shift - half, low + 0.12),
                (shift + half, low + 0.12),
                (shift + half, low + 0.09),
            ],
            bright(cover, 0.25),
        )


def candle(brush: Brush, rng: Rng) -> None:
    """A burning candle."""
    brush.oval(0, 0.03, 0.2, 0.05, hue("#b8924a"))
    brush.poly([(-0.08, 0.03), (-0.08, 0.62), (0.08, 0.62), (0.08, 0.03)], hue("#f4ecd8"))
    brush.poly([(0.02, 0.03), (0.02, 0.62), (0.08, 0.62), (0.08, 0.03)], hue("#d6c8ac"))
    brush.canvas.glow(*brush.at(0, 0.75), brush.size * 0.5, hue("#ffd98a"), 0.8)
    brush.blob([(0, 0.92), (-0.05, 0.74), (0, 0.66), (0.05, 0.74)], hue("#fff0b0"))


THINGS = (cup, apple, pear, bottle, books, candle)
