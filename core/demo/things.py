"""Things people made: cars, and what carries no label: houses, boats, lamps, balloons, kites, windmills.

Every function draws one object with a brush at its foot; its own unit is named in the sentence.
"""

import math

from core.demo.canvas import Brush
from core.demo.light import Colour, Rng, bright, dark, hue, pick

PAINT = "#d6403a #2f6fb5 #f2f2ee #3a3d46 #e8b730 #4f9a6b #9aa3ad #d9742f #7a3f5c #58b0c0"
_CAR_SHAPES = {  # the cabin: rear foot, rear roof, front roof, front foot; then the bonnet's height
    "sedan": ((-0.72, -0.42, 0.28, 0.66), 0.58),
    "hatch": ((-1.06, -0.88, 0.22, 0.62), 0.58),
    "van": ((-1.2, -1.16, 0.62, 0.98), 0.62),
    "beetle": ((-0.98, -0.4, 0.24, 0.72), 0.56),
}


def car(brush: Brush, rng: Rng) -> None:
    """A car from the side, one unit high and about 2.5 long."""
    paint, kind = pick(rng, PAINT), str(rng.choice(list(_CAR_SHAPES)))
    (a, b, c, d), belt = _CAR_SHAPES[kind]
    brush.shadow(1.35, 0.09)
    glass = hue("#ffe9a8") if brush.light.night and rng.random() < 0.3 else hue("#31465c")
    cabin = [(a, belt), ((a + b) / 2, 0.85), (b, 1.0), (c, 1.0), ((c + d) / 2, 0.84), (d, belt)]
    brush.poly(cabin, dark(paint, 0.08))
    brush.poly([(a + 0.12, belt), (b + 0.08, 0.93), (c - 0.05, 0.93), (d - 0.13, belt)], glass)
    brush.poly(
        [(b + 0.2, 0.93), (b + 0.42, 0.93), (b + 0.25, belt), (b + 0.03, belt)], bright(glass, 0.35), 0.6
    )
    pillar = (b + c) / 2
    brush.poly(
        [(pillar - 0.04, belt), (pillar - 0.03, 0.95), (pillar + 0.03, 0.95), (pillar + 0.05, belt)],
        dark(paint, 0.1),
    )
    body = [(-1.25, 0.22), (-1.26, 0.46), (-1.14, belt), (0.9, belt - 0.02), (1.2, 0.45), (1.26, 0.22)]
    brush.poly(body, paint)
    brush.poly(
        [(-1.24, belt - 0.03), (-1.14, belt), (0.9, belt - 0.02), (0.95, belt - 0.07)], bright(paint, 0.35)
    )
    brush.poly([(-1.25, 0.22), (-1.25, 0.32), (1.25, 0.32), (1.26, 0.22)], dark(paint, 0.35))
    brush.line([(pillar, belt), (pillar + 0.02, 0.3)], 0.02, dark(paint, 0.3))
    for u in (-0.76, 0.76):
        brush.oval(u, 0.21, 0.25, 0.25, hue("#1d1d24"))
        brush.oval(u, 0.2, 0.2, 0.2, hue("#2b2b33"))
        brush.oval(u, 0.2, 0.11, 0.11, hue("#c9ccd2"))
    brush.oval(1.17, 0.44, 0.06, 0.05, hue("#fff3c0"))
    brush.oval(-1.2, 0.46, 0.045, 0.055, hue("#d63a3a"))
    if brush.light.night:
        brush.canvas.glow(*brush.at(1.4, 0.42), brush.size * 0.55, hue("#ffe9a0"), 0.75)


def cart(brush: Brush, rng: Rng) -> None:
    """A hay cart or a caravan without windows in front: wheels on a road, and no car; one unit high."""
    paint = pick(rng, "#e6dcc4 #9fb8a8 #d8a0a0 #b5763a")
    brush.shadow(0.9, 0.08)
    brush.blob([(-0.8, 0.24), (-0.82, 0.8), (-0.5, 1.0), (0.5, 1.0), (0.82, 0.8), (0.8, 0.24)], paint)
    brush.poly([(-0.8, 0.4), (0.8, 0.4), (0.8, 0.3), (-0.8, 0.3)], pick(rng, PAINT))
    brush.poly([(-0.3, 0.55), (-0.3, 0.8), (0.1, 0.8), (0.1, 0.55)], hue("#4a627a"))
    brush.line([(0.8, 0.28), (1.15, 0.24)], 0.05, hue("#4a4a52"))
    brush.oval(0, 0.2, 0.2, 0.2, hue("#26262e"))
    brush.oval(0, 0.2, 0.09, 0.09, hue("#b9bcc2"))


def bicycle(brush: Brush, rng: Rng) -> None:
    """A parked bicycle, one unit high."""
    paint = pick(rng, PAINT)
    for u in (-0.55, 0.55):
        ring = [(u + 0.34 * math.cos(t), 0.34 + 0.34 * math.sin(t)) for t in [i * 0.42 for i in range(16)]]
        brush.line(ring, 0.05, hue("#26262e"))
    for bar in (
        [(-0.55, 0.34), (-0.2, 0.75), (0.4, 0.75), (0.55, 0.34)],
        [(-0.2, 0.75), (0, 0.34), (0.4, 0.75)],
        [(-0.55, 0.34), (0, 0.34)],
        [(0.4, 0.75), (0.36, 0.95), (0.52, 0.98)],
        [(-0.2, 0.75), (-0.22, 0.86)],
    ):
        brush.line(bar, 0.055, paint)
    brush.line([(-0.34, 0.88), (-0.1, 0.88)], 0.06, hue("#3a2a26"))


def house(brush: Brush, rng: Rng) -> None:
    """A small house, one unit high to the ridge."""
    wall, roof = (
        pick(rng, "#f2e6d0 #e6c9a8 #d9dde2 #e8b9a0 #c9d6c0"),
        pick(rng, "#a8503c #7c4a42 #5a6478 #8f6a4a"),
    )
    wide, deep = float(rng.uniform(0.45, 0.75)), float(rng.uniform(0.25, 0.5))
    brush.shadow(wide + deep, 0.05)
    brush.poly([(-wide, 0), (-wide, 0.56), (wide, 0.56), (wide, 0)], wall)
    brush.poly([(wide, 0), (wide, 0.56), (wide + deep * 0.4, 0.56), (wide + deep * 0.4, 0)], dark(wall, 0.28))
    brush.poly([(-wide - 0.08, 0.54), (-wide * 0.7, 0.98), (wide * 0.75, 0.98), (wide + 0.06, 0.54)], roof)
    brush.poly([(wide * 0.75, 0.98), (wide + 0.06, 0.54), (wide + deep * 0.4 + 0.05, 0.54)], dark(roof, 0.3))
    brush.poly(
        [(-wide * 0.4, 0.9), (-wide * 0.4, 1.12), (-wide * 0.22, 1.12), (-wide * 0.22, 0.9)], dark(roof, 0.15)
    )
    for u in (-wide * 0.6, wide * 0.55):
        window(brush, u, 0.34, 0.1, rng)
    brush.poly([(-0.08, 0), (-0.08, 0.36), (0.1, 0.36), (0.1, 0)], pick(rng, "#6b4a35 #3f6b7c #8f3f3a"))


def window(brush: Brush, u: float, v: float, half: float, rng: Rng) -> None:
    """A window: dark by day, often lit by night."""
    x, y = brush.at(u, v)
    side = half * brush.size
    lamp = brush.light.night and rng.random() < 0.65
    colour = hue("#ffd675") if lamp else brush.lit(hue("#51677e"))
    brush.canvas.poly(
        [(x - side, y - side), (x + side, y - side), (x + side, y + side), (x - side, y + side)], colour
    )
    if lamp and half * brush.size > 0.012:
        brush.canvas.glow(x, y, side * 3, hue("#ffcf6b"), 0.35)


def boat(brush: Brush, rng: Rng) -> None:
    """A sailing boat, one unit to the masthead."""
    hull, sail = pick(rng, "#f2ece0 #b5483c #2f4f7a #7a5230"), pick(rng, "#faf6ec #f0d9b0 #e88a6a #f4f4f4")
    brush.poly([(-0.36, 0.14), (-0.24, -0.02), (0.26, -0.02), (0.42, 0.15)], hull)
    brush.line([(0, 0.12), (0, 1)], 0.025, hue("#6b4a35"))
    brush.poly([(0.03, 0.2), (0.03, 0.98), (0.38, 0.22)], sail)
    brush.poly([(-0.03, 0.2), (-0.03, 0.86), (-0.3, 0.22)], dark(sail, 0.16))


def lighthouse(brush: Brush, rng: Rng) -> None:
    """A striped lighthouse, one unit high."""
    brush.poly([(-0.3, 0), (-0.22, 0.1), (0.24, 0.1), (0.34, 0)], hue("#7c7a78"))
    for i in range(5):
        low, high = 0.06 + 0.15 * i, 0.06 + 0.15 * (i + 1)
        a, b = 0.11 - 0.045 * low, 0.11 - 0.045 * high
        brush.poly([(-a, low), (-b, high), (b, high), (a, low)], hue("#c8443a") if i % 2 else hue("#f4f0e6"))
    brush.poly([(-0.05, 0.81), (-0.05, 0.92), (0.05, 0.92), (0.05, 0.81)], hue("#ffe9a0"))
    brush.poly([(-0.08, 0.91), (0, 1.0), (0.08, 0.91)], hue("#3a3f4a"))
    if brush.light.night:
        brush.canvas.glow(*brush.at(0, 0.86), brush.size * 0.4, hue("#fff0b0"), 0.8)


def lamp(brush: Brush, rng: Rng) -> None:
    """A street lamp, one unit high."""
    brush.line([(0, 0), (0, 0.92), (0.03, 0.98), (0.14, 0.99)], 0.025, hue("#454a55"))
    brush.oval(0.16, 0.97, 0.05, 0.025, hue("#fff0c0") if brush.light.night else hue("#c9ccd2"))
    if brush.light.night:
        brush.canvas.glow(*brush.at(0.16, 0.95), brush.size * 0.32, hue("#ffd98a"), 0.85)


def balloon(brush: Brush, rng: Rng) -> None:
    """A hot-air balloon, one unit high."""
    one, two = pick(rng, PAINT), pick(rng, PAINT)
    brush.ramp(
        [(0, 1), (-0.3, 0.86), (-0.36, 0.6), (-0.1, 0.26), (0.1, 0.26), (0.36, 0.6), (0.3, 0.86)],
        bright(one, 0.1),
        dark(one, 0.2),
    )
    brush.blob(
        [(0, 1), (-0.16, 0.8), (-0.16, 0.55), (-0.04, 0.26), (0.04, 0.26), (0.16, 0.55), (0.16, 0.8)], two
    )
    brush.blob([(0, 1), (-0.05, 0.8), (-0.05, 0.55), (0, 0.26), (0.05, 0.55), (0.05, 0.8)], one)
    for u in (-0.07, 0.07):
        brush.line([(u, 0.27), (u * 0.7, 0.1)], 0.01, hue("#4a4038"))
    brush.poly([(-0.07, 0.1), (-0.055, 0), (0.055, 0), (0.07, 0.1)], hue("#8a5a36"))


def kite(brush: Brush, rng: Rng) -> None:
    """A kite with its tail, one unit high."""
    one = pick(rng, PAINT)
    brush.line([(0, -0.1), (0.12, -0.4), (-0.06, -0.7), (0.08, -1.0)], 0.025, dark(one, 0.2))
    brush.poly([(0, 1), (-0.36, 0.5), (0, -0.1), (0.36, 0.5)], one)
    brush.poly([(0, 1), (0, -0.1), (0.36, 0.5)], pick(rng, PAINT))


def plane(brush: Brush, rng: Rng) -> None:
    """An aeroplane far up, one unit long."""
    grey = hue("#dfe4ea")
    brush.poly([(-0.02, 0.02), (-0.3, 0.3), (-0.2, 0.3), (0.16, 0.02)], dark(grey, 0.2))
    brush.blob([(-0.5, 0.05), (-0.45, -0.03), (0.3, -0.06), (0.5, 0.0), (0.36, 0.06)], grey)
    brush.poly([(-0.5, 0.03), (-0.58, 0.22), (-0.48, 0.22), (-0.36, 0.05)], dark(grey, 0.1))
    brush.poly([(-0.04, 0), (-0.34, -0.28), (-0.22, -0.28), (0.16, 0)], dark(grey, 0.3))


def fence(brush: Brush, rng: Rng) -> None:
    """A run of fence, one unit high and six long."""
    wood = pick(rng, "#a8835c #f2ece0 #8a6a4c #7c7a78")
    for v in (0.4, 0.75):
        brush.line([(-3, v), (3, v + 0.05)], 0.1, dark(wood, 0.12))
    for i in range(9):
        u = -3 + i * 0.75
        brush.poly([(u - 0.09, 0), (u - 0.09, 1), (u + 0.09, 1.03), (u + 0.09, 0)], wood)


def windmill(brush: Brush, rng: Rng) -> None:
    """A windmill, one unit to the hub's cap."""
    brush.shadow(0.3, 0.04)
    brush.poly([(-0.24, 0), (-0.13, 0.85), (0.13, 0.85), (0.24, 0)], hue("#e9dfcf"))
    brush.poly([(0.06, 0), (0.04, 0.85), (0.13, 0.85), (0.24, 0)], hue("#b8ac9a"))
    brush.blob([(-0.16, 0.84), (-0.1, 0.98), (0.1, 0.98), (0.16, 0.84)], hue("#8a4a3c"))
    turn = float(rng.uniform(0, 1.57))
    for i in range(4):
        a = turn + i * math.pi / 2
        du, dv = math.cos(a), math.sin(a)
        brush.line([(0, 0.86), (0.52 * du, 0.86 + 0.52 * dv)], 0.02, hue("#5a4536"))
        brush.poly(
            [
                (0.12 * du, 0.86 + 0.12 * dv),
                (0.52 * du, 0.86 + 0.52 * dv),
                (0.52 * du - 0.1 * dv, 0.86 + 0.52 * dv + 0.1 * du),
                (0.12 * du - 0.1 * dv, 0.86 + 0.12 * dv + 0.1 * du),
            ],
            hue("#faf6ec"),
            0.9,
        )


def haystack(brush: Brush, rng: Rng) -> None:
    """A round bale, one unit high."""
    straw: Colour = pick(rng, "#dcb95e #c9a552")
    brush.shadow(0.6, 0.08)
    brush.oval(0, 0.48, 0.56, 0.48, dark(straw, 0.12))
    brush.oval(0.08, 0.48, 0.46, 0.46, straw)
    brush.oval(0.08, 0.48, 0.24, 0.24, dark(straw, 0.14))
    brush.oval(0.08, 0.48, 0.17, 0.17, straw)
