"""Animals: birds in the air, on a perch and on the water; dogs near and far; and the cat, which is no dog."""

import math

from core.demo.canvas import Brush
from core.demo.light import Colour, Rng, bright, dark, hue, mix, pick

_PLUMAGE = (  # back, breast, cap
    ("#6b7f94", "#e0703a", "#6b7f94"),
    ("#4f8fc0", "#f4d35e", "#2f6fae"),
    ("#8a6a4c", "#e8dcc8", "#6b4a35"),
    ("#3b3f4a", "#f2f2ee", "#23252c"),
    ("#c0392b", "#d9574a", "#8e2a20"),
    ("#e8b93a", "#f6dc7a", "#e0a52c"),
    ("#5a8f5c", "#e6d9a8", "#3f7048"),
)
COATS = "#b5763a #8a5a36 #d9b382 #e9dfcf #5a3d2c #c98f4e #a8a29a"


def flying(brush: Brush, rng: Rng, colour: Colour) -> None:
    """A bird in flight, one unit from wing tip to wing tip."""
    lift, droop = float(rng.uniform(-0.05, 0.3)), float(rng.uniform(-0.2, 0.12))
    for side in (-1, 1):
        wing = [
            (0.0, 0.05),
            (side * 0.2, lift * 0.8 + 0.1),
            (side * 0.5, droop + lift),
            (side * 0.26, lift * 0.5 - 0.01),
            (0, -0.06),
        ]
        brush.blob(wing, colour if side < 0 else dark(colour, 0.2))
    brush.blob([(-0.14, -0.06), (-0.02, 0.06), (0.13, 0.06), (0.2, 0.02), (0.08, -0.05)], dark(colour, 0.08))
    brush.poly([(0.17, 0.05), (0.26, 0.02), (0.17, 0.0)], hue("#e8a33a"))
    brush.poly([(-0.1, 0.02), (-0.24, 0.01), (-0.2, -0.08), (-0.08, -0.05)], dark(colour, 0.15))


def perched(brush: Brush, rng: Rng) -> None:
    """A songbird seen from the side, one unit high."""
    back, breast, cap = (hue(code) for code in _PLUMAGE[int(rng.integers(len(_PLUMAGE)))])
    for u in (-0.03, 0.07):
        brush.line([(u, 0.18), (u + 0.02, 0)], 0.025, hue("#7a4f35"))
    brush.poly([(-0.24, 0.32), (-0.62, 0.02), (-0.5, -0.04), (-0.12, 0.22)], dark(back, 0.25))
    brush.ramp(
        [(-0.3, 0.3), (-0.16, 0.14), (0.1, 0.12), (0.3, 0.36), (0.28, 0.66), (0.02, 0.64), (-0.2, 0.48)],
        bright(breast, 0.12),
        dark(breast, 0.15),
    )
    brush.blob([(-0.34, 0.26), (-0.16, 0.22), (0.08, 0.36), (0.1, 0.58), (-0.1, 0.6), (-0.24, 0.44)], back)
    brush.blob([(-0.42, 0.16), (-0.2, 0.24), (0.02, 0.4), (-0.06, 0.5), (-0.2, 0.4)], dark(back, 0.28))
    brush.oval(0.17, 0.76, 0.2, 0.19, breast)
    brush.blob([(-0.03, 0.72), (0.02, 0.92), (0.2, 0.97), (0.36, 0.84), (0.16, 0.8)], cap)
    brush.poly([(0.34, 0.8), (0.52, 0.74), (0.34, 0.69)], hue("#e0a23a"))
    brush.oval(0.25, 0.79, 0.037, 0.037, hue("#15151a"))
    brush.oval(0.262, 0.803, 0.013, 0.013, hue("#ffffff"))


def swimming(brush: Brush, rng: Rng) -> None:
    """A swan or duck on the water, one unit long."""
    white = rng.random() < 0.5
    body = hue("#f6f4ee") if white else pick(rng, "#8a6a4c #7d7468")
    head = body if white else pick(rng, "#2f6b4f #6b4a35")
    brush.canvas.oval(
        *brush.at(0, -0.06), brush.size * 0.5, brush.size * 0.06, brush.lit(hue("#24405c")), 0.35
    )
    brush.blob([(-0.55, 0.2), (-0.35, 0.0), (0.2, -0.04), (0.38, 0.1), (0.2, 0.24), (-0.2, 0.26)], body)
    brush.blob([(-0.5, 0.2), (-0.2, 0.06), (0.14, 0.08), (0.05, 0.2), (-0.2, 0.25)], dark(body, 0.16))
    rise = 0.66 if white else 0.4
    brush.line([(0.28, 0.12), (0.36, rise * 0.6), (0.3, rise)], 0.1, head)
    brush.oval(0.33, rise + 0.02, 0.1, 0.085, head)
    brush.poly([(0.4, rise + 0.05), (0.56, rise - 0.02), (0.4, rise - 0.04)], hue("#e8893a"))
    brush.oval(0.35, rise + 0.04, 0.02, 0.02, hue("#15151a"))


def dog(brush: Brush, rng: Rng) -> None:
    """A dog seen from the side, standing or sitting, one unit to the top of the head."""
    coat = pick(rng, COATS)
    ear, shade = dark(coat, 0.35), dark(coat, 0.22)
    sits, legs = rng.random() < 0.3, float(rng.uniform(0.8, 1.1))
    wag = float(rng.uniform(0.0, 0.25))
    brush.shadow(0.6, 0.06)
    if sits:
        brush.blob(
            [(-0.38, 0.0), (-0.42, 0.25), (-0.15, 0.62), (0.12, 0.78), (0.3, 0.6), (0.22, 0.2), (0.2, 0)],
            coat,
        )
        brush.oval(-0.22, 0.14, 0.2, 0.15, shade)
        brush.line([(-0.36, 0.06), (-0.6, 0.1 + wag)], 0.09, coat)
        brush.poly([(0.06, 0), (0.08, 0.5), (0.24, 0.5), (0.24, 0)], bright(coat, 0.08))
    else:
        for u in (-0.34, 0.22):
            brush.poly([(u, 0), (u + 0.02, 0.4), (u + 0.16, 0.4), (u + 0.11, 0)], shade)
        brush.line([(-0.5, 0.55), (-0.66, 0.66 + wag), (-0.7, 0.78 + wag)], 0.075, coat)
        brush.ramp(
            [
                (-0.55, 0.5),
                (-0.48, 0.64),
                (0, 0.64),
                (0.34, 0.68),
                (0.4, 0.46),
                (0.2, 0.32),
                (-0.2, 0.34),
                (-0.48, 0.34),
            ],
            bright(coat, 0.1),
            shade,
        )
        for u in (-0.5, 0.26):
            brush.poly([(u + 0.01, 0), (u - 0.02, 0.46 * legs), (u + 0.17, 0.46 * legs), (u + 0.1, 0)], coat)
            brush.oval(u + 0.08, 0.025, 0.08, 0.035, bright(coat, 0.2))
    brush.blob([(0.14, 0.55), (0.3, 0.9), (0.5, 0.84), (0.42, 0.5)], coat)
    brush.oval(0.42, 0.86, 0.17, 0.15, coat)
    brush.blob([(0.46, 0.92), (0.72, 0.86), (0.76, 0.77), (0.62, 0.72), (0.44, 0.74)], bright(coat, 0.12))
    brush.oval(0.74, 0.84, 0.04, 0.035, hue("#1c1a1f"))
    brush.oval(0.5, 0.91, 0.024, 0.024, hue("#1c1a1f"))
    brush.blob([(0.27, 0.98), (0.2, 0.8), (0.25, 0.64), (0.36, 0.72), (0.4, 0.94)], ear)
    brush.line([(0.2, 0.66), (0.44, 0.6)], 0.05, pick(rng, "#d64545 #3f7fc0 #f0b429"))


def dog_face(brush: Brush, rng: Rng) -> None:
    """A dog looking at the viewer, head and chest; one unit is the height of the head."""
    coat = pick(rng, COATS)
    ear, muzzle = dark(coat, 0.35), mix(coat, hue("#f6efe2"), 0.6)
    brush.ramp(
        [(-0.62, -0.9), (-0.5, -0.2), (-0.3, 0.2), (0.3, 0.2), (0.5, -0.2), (0.62, -0.9)],
        coat,
        dark(coat, 0.3),
    )
    brush.blob([(-0.2, -0.9), (-0.24, -0.3), (0, -0.1), (0.24, -0.3), (0.2, -0.9)], muzzle)
    upright = rng.random() < 0.35
    for s in (-1, 1):
        if upright:
            brush.poly([(s * 0.12, 0.84), (s * 0.42, 1.22), (s * 0.47, 0.6)], ear)
    brush.ramp(
        [(-0.46, 0.5), (-0.4, 0.86), (0, 1.0), (0.4, 0.86), (0.46, 0.5), (0.28, 0.1), (0, 0.0), (-0.28, 0.1)],
        bright(coat, 0.1),
        dark(coat, 0.12),
    )
    brush.blob([(-0.06, 0.95), (-0.08, 0.6), (0, 0.5), (0.08, 0.6), (0.06, 0.95)], muzzle)
    brush.oval(0, 0.3, 0.27, 0.23, muzzle)
    for s in (-1, 1):
        if not upright:
            brush.blob(
                [(s * 0.3, 0.92), (s * 0.56, 0.84), (s * 0.64, 0.4), (s * 0.5, 0.18), (s * 0.42, 0.5)], ear
            )
        brush.oval(s * 0.2, 0.62, 0.065, 0.075, hue("#1d1714"))
        brush.oval(s * 0.2 + 0.02, 0.65, 0.02, 0.022, hue("#ffffff"))
    if rng.random() < 0.6:
        brush.blob([(-0.07, 0.2), (-0.08, 0.02), (0, -0.06), (0.08, 0.02), (0.07, 0.2)], hue("#ec8594"))
    brush.blob([(-0.12, 0.44), (0, 0.47), (0.12, 0.44), (0, 0.3)], hue("#1c1a1f"))
    brush.line([(0, 0.32), (0, 0.22), (-0.14, 0.17)], 0.025, hue("#3a2a2a"))
    brush.line([(0, 0.22), (0.14, 0.17)], 0.025, hue("#3a2a2a"))


def cat(brush: Brush, rng: Rng) -> None:
    """A sitting cat: pointed ears, round head, no snout, a tail that curls."""
    coat = pick(rng, "#8f8a86 #c98f4e #3a3a42 #e9dfcf")
    brush.shadow(0.45, 0.06)
    brush.line([(-0.3, 0.06), (-0.52, 0.16), (-0.5, 0.42), (-0.38, 0.5)], 0.07, coat)
    brush.ramp(
        [(-0.34, 0), (-0.34, 0.3), (-0.08, 0.64), (0.2, 0.6), (0.26, 0.25), (0.24, 0)],
        bright(coat, 0.1),
        dark(coat, 0.25),
    )
    for u in (0.0, 0.26):
        brush.poly([(u, 0.82), (u + 0.02, 1.04), (u + 0.15, 0.88)], dark(coat, 0.15))
    brush.oval(0.16, 0.76, 0.2, 0.165, coat)
    for u in (0.1, 0.24):
        brush.oval(u, 0.79, 0.028, 0.035, hue("#bfd46a"))
        brush.oval(u, 0.79, 0.01, 0.03, hue("#15151a"))
    brush.poly([(0.15, 0.73), (0.19, 0.73), (0.17, 0.7)], hue("#d98a8a"))


def butterfly(brush: Brush, rng: Rng) -> None:
    """A butterfly: wings like petals, neither bird nor flower."""
    colour = pick(rng, "#f08a3c #4f8fc0 #f4d35e #e8e4da")
    for s in (-1, 1):
        for angle, reach in ((0.9, 0.5), (-0.5, 0.38)):
            u, v = s * math.cos(angle) * reach * 0.62, math.sin(angle) * reach * 0.62
            brush.blob(
                [(0, 0), (u * 0.7 - s * 0.05, v + 0.16), (u * 1.7, v * 1.5), (u * 1.2, v - 0.14)], colour
            )
    brush.line([(0, -0.22), (0, 0.2)], 0.06, hue("#2b2430"))
