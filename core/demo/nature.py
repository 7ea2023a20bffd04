"""What grows: trees of several kinds, a birch grove, a frosted tree, flowers near and far, bushes, rocks.

Every function draws one object with a brush standing at its foot; a tree is one unit high.
"""

import math

from core.demo.canvas import Brush, Point
from core.demo.light import Colour, Rng, bright, dark, hue, mix, pick, vary

_LEAVES = {
    "spring": "#7fbf4d #93c954 #f2b6c6 #6fb35a",
    "summer": "#4f8f3f #5d9c45 #3f7f42 #6b9a3c",
    "autumn": "#d9822b #c8553d #e0a93b #b5763a #8f9a3c",
    "winter": "#5f7f78 #6d8a86 #54756b",
    "dry": "#8a9a46 #7c8f45 #a3994e",
}


def broadleaf(brush: Brush, rng: Rng, season: str) -> None:
    """An oak or apple tree: a lobed crown with a light and a shaded side."""
    leaf = pick(rng, _LEAVES[season])
    brush.shadow(0.34, 0.05)
    bark = vary(rng, hue("#6b4a35"), 8)
    brush.poly([(-0.05, 0), (-0.03, 0.5), (0.03, 0.5), (0.055, 0)], bark)
    brush.line([(0, 0.3), (0.14, 0.52)], 0.025, bark)
    brush.line([(0, 0.36), (-0.12, 0.55)], 0.02, bark)
    wide, lobes = float(rng.uniform(0.26, 0.42)), int(rng.integers(6, 10))
    spots = []
    for i in range(lobes):
        angle = 2 * math.pi * (i + rng.uniform(-0.3, 0.3)) / lobes
        spots.append((math.cos(angle) * wide * 0.72, 0.66 + math.sin(angle) * 0.18, rng.uniform(0.12, 0.19)))
    for u, v, r in spots:
        brush.oval(u + 0.02, v - 0.035, r, r * 0.95, dark(leaf, 0.34))
    brush.oval(0, 0.66, wide * 0.85, 0.22, dark(leaf, 0.1))
    for u, v, r in spots:
        brush.oval(u - 0.015, v + 0.01, r * 0.86, r * 0.82, leaf if v > 0.6 else dark(leaf, 0.16))
    for _ in range(7):
        u, v = rng.uniform(-wide * 0.8, wide * 0.4), rng.uniform(0.66, 0.86)
        brush.oval(u, v, 0.06, 0.045, bright(leaf, 0.22), 0.75)


def pine(brush: Brush, rng: Rng, season: str) -> None:
    """A spruce of stacked skirts, with snow in winter."""
    green = pick(rng, "#2f6b4f #35735a #3f7a4a #2a5f55")
    brush.shadow(0.22, 0.04)
    brush.poly([(-0.03, 0), (-0.025, 0.2), (0.025, 0.2), (0.03, 0)], hue("#5b4032"))
    tiers, wide = int(rng.integers(4, 6)), float(rng.uniform(0.2, 0.28))
    for i in range(tiers):
        low, high = 0.12 + 0.84 * i / tiers * 0.92, 0.12 + 0.88 * (i + 1.7) / (tiers + 0.7)
        half = wide * (1 - i / (tiers + 0.4))
        brush.poly([(-half, low), (0, high), (half, low), (half * 0.4, low + 0.02), (0, low - 0.015)], green)
        brush.poly([(half * 0.1, low), (0, high), (half, low)], dark(green, 0.28))
        if season == "winter":
            brush.poly(
                [(-half * 0.75, low + 0.05), (0, high), (half * 0.35, low + 0.1), (-half * 0.1, low + 0.07)],
                hue("#f4f7fb"),
            )


def cypress(brush: Brush, rng: Rng, season: str) -> None:
    """A poplar or cypress: one tall flame."""
    leaf = pick(rng, _LEAVES[season])
    brush.shadow(0.14, 0.03)
    brush.poly([(-0.02, 0), (-0.018, 0.2), (0.018, 0.2), (0.02, 0)], hue("#5f4735"))
    brush.ramp(
        [(0, 1), (-0.1, 0.62), (-0.13, 0.3), (-0.05, 0.1), (0.05, 0.1), (0.13, 0.3), (0.1, 0.62)],
        bright(leaf, 0.12),
        dark(leaf, 0.25),
    )
    brush.blob([(0.01, 0.96), (0.02, 0.5), (0.04, 0.12), (0.11, 0.3), (0.09, 0.6)], dark(leaf, 0.3), 0.8)


def palm(brush: Brush, rng: Rng, season: str) -> None:
    """A palm leaning from the beach."""
    lean = float(rng.uniform(-0.25, 0.25))
    trunk = [(0.0, 0.0), (lean * 0.3, 0.3), (lean * 0.7, 0.6), (lean, 0.8)]
    brush.shadow(0.2, 0.03)
    brush.line(trunk, 0.05, hue("#8a6a4a"))
    brush.line([(u + 0.012, v) for u, v in trunk], 0.015, hue("#a98a62"))
    leaf = pick(rng, "#4d8f4a #3f8350 #6aa04a")
    for i in range(8):
        angle = math.pi * (-0.15 + 1.3 * i / 7)
        du, dv = math.cos(angle) * 0.34, math.sin(angle) * 0.2
        tip = (lean + du, 0.8 + dv - 0.1)
        mid = (lean + du * 0.5, 0.8 + dv * 0.8 + 0.05)
        brush.blob(
            [(lean, 0.8), (mid[0], mid[1] + 0.02), tip, (mid[0], mid[1] - 0.06)],
            leaf if i % 2 else dark(leaf, 0.22),
        )


TREES = (broadleaf, broadleaf, pine, cypress)


def birches(brush: Brush, rng: Rng, season: str) -> None:
    """White trunks close by, their crowns out of the picture; the brush is at bottom left, unit one side."""
    count = int(rng.integers(5, 10))
    trunks = sorted((float(rng.uniform(0.15, 1)), float(rng.uniform(-0.02, 1.02))) for _ in range(count))
    leaf = "#e8b23a #e09a35 #f0c659" if season in ("autumn", "dry") else "#9fc75a #b4d468 #86b84e"
    for near, x in trunks:
        brush.distance = 0.55 * (1 - near)
        half, foot = 0.012 + 0.034 * near, -0.05 + 0.3 * (1 - near)
        sway = float(rng.uniform(-0.05, 0.05))
        white = mix(hue("#f3f0e8"), hue("#c9ccd0"), float(rng.uniform(0, 0.5)))
        brush.poly(
            [(x - half, foot), (x - half + sway, 1.1), (x + half * 0.8 + sway, 1.1), (x + half, foot)], white
        )
        brush.poly(
            [
                (x + half * 0.3, foot),
                (x + half * 0.25 + sway, 1.1),
                (x + half * 0.8 + sway, 1.1),
                (x + half, foot),
            ],
            mix(white, hue("#7d8496"), 0.55),
        )
        for _ in range(int(6 + 8 * near)):
            v = float(rng.uniform(foot, 1.05))
            u = x - half + sway * (v - foot) / (1.1 - foot)
            reach = half * float(rng.uniform(0.4, 1.5))
            brush.poly([(u, v), (u + reach, v + half * 0.25), (u, v + half * 0.45)], hue("#2f2c30"), 0.9)
        if rng.random() < 0.5:
            v, way = float(rng.uniform(0.6, 0.95)), float(rng.choice([-1, 1]))
            brush.line([(x + sway * v, v), (x + way * 0.12, v + 0.14)], half * 0.35, hue("#4a4240"))
    if season != "winter":
        for _ in range(60):
            u, v = float(rng.uniform(0, 1)), 1.02 - abs(float(rng.normal(0, 0.09)))
            brush.oval(u, v, 0.018, 0.013, pick(rng, leaf), 0.85)


def frosted(brush: Brush, rng: Rng, season: str) -> None:
    """A leafless tree white with frost: pale forking boughs and lacy tips."""
    rime = pick(rng, "#d3dce8 #c6d2e2 #dfe6ee")
    brush.shadow(0.16, 0.03)
    spread = float(rng.uniform(0.35, 0.5))
    _bough(brush, rng, rime, (0.0, 0.0, math.pi / 2 + float(rng.normal(0, 0.05)), 0.3), spread, 6)


def _bough(
    brush: Brush, rng: Rng, rime: Colour, start: tuple[float, float, float, float], spread: float, forks: int
) -> None:
    """One bough from `start` (u, v, angle, length) and all that forks from it."""
    u, v, angle, long = start
    tip = (u + math.cos(angle) * long, v + math.sin(angle) * long)
    width = 0.05 * 0.66 ** (6 - forks)
    brush.line([(u, v), tip], width, dark(rime, 0.32) if forks > 3 else rime)
    if forks <= 1:
        brush.oval(*tip, 0.03, 0.024, bright(rime, 0.55), 0.6)
    if forks == 0:
        return
    for side in (-1, 1):
        turn = side * spread * float(rng.uniform(0.6, 1.25))
        reach = long * float(rng.uniform(0.66, 0.8))
        _bough(brush, rng, rime, (*tip, angle + turn, reach), spread, forks - 1)


def bush(brush: Brush, rng: Rng, season: str) -> None:
    """A low shrub."""
    leaf = mix(pick(rng, _LEAVES[season]), hue("#6f8f5a"), 0.4)
    brush.shadow(0.6, 0.1)
    for u, v, r in ((-0.35, 0.25, 0.28), (0.32, 0.24, 0.27), (0, 0.38, 0.36)):
        brush.oval(u, v, r, r * 0.85, dark(leaf, 0.22))
        brush.oval(u - 0.05, v + 0.06, r * 0.75, r * 0.6, leaf)


def rock(brush: Brush, rng: Rng, season: str) -> None:
    """A boulder."""
    grey = pick(rng, "#8d8f95 #9a948c #7c828c")
    brush.shadow(0.6, 0.1)
    brush.poly([(-0.5, 0), (-0.42, 0.3), (-0.1, 0.52), (0.3, 0.42), (0.5, 0)], grey)
    brush.poly([(0.05, 0), (0.1, 0.4), (0.3, 0.42), (0.5, 0)], dark(grey, 0.3))
    brush.poly([(-0.42, 0.3), (-0.1, 0.52), (0.3, 0.42), (-0.05, 0.36)], bright(grey, 0.3))


PETALS = "#e8475b #f4a7b9 #f6d04d #ffffff #f08a3c #c65bb0 #f7e7a0 #d93a3a"


def blossom(brush: Brush, rng: Rng, colour: Colour, kind: str) -> None:
    """One open flower seen from the front, one unit wide, centred on the brush."""
    if kind == "tulip":
        brush.blob([(-0.34, 0.35), (-0.3, -0.15), (0, -0.42), (0.3, -0.15), (0.34, 0.35), (0, 0.1)], colour)
        brush.blob(
            [(-0.16, 0.42), (-0.18, -0.1), (0, -0.38), (0.18, -0.1), (0.16, 0.42), (0, 0.5)],
            bright(colour, 0.18),
        )
        brush.blob([(0.18, 0.3), (0.1, -0.2), (0, -0.42), (0.3, -0.15), (0.34, 0.35)], dark(colour, 0.18))
        return
    petals = {"daisy": 13, "sunflower": 18, "poppy": 5, "cosmos": 8}[kind]
    turn, plump = (
        float(rng.uniform(0, 1)),
        {"daisy": 0.1, "sunflower": 0.085, "poppy": 0.29, "cosmos": 0.17}[kind],
    )
    for ring, shade in ((1.0, dark(colour, 0.14)), (0.9, colour)):
        for i in range(petals):
            a = 2 * math.pi * (i + turn + (0.5 if ring < 1 else 0)) / petals
            out, side = (math.cos(a), math.sin(a)), (-math.sin(a), math.cos(a))
            shape: list[Point] = [
                (out[0] * r * ring + side[0] * w, out[1] * r * ring + side[1] * w)
                for r, w in (
                    (0.1, 0.0),
                    (0.3, plump),
                    (0.48, plump * 0.6),
                    (0.5, 0),
                    (0.48, -plump * 0.6),
                    (0.3, -plump),
                )
            ]
            brush.blob(shape, bright(shade, 0.12) if i % 2 else shade)
    heart = hue("#6b4226") if kind == "sunflower" else hue("#3a2a33") if kind == "poppy" else hue("#f0b429")
    size = 0.2 if kind == "sunflower" else 0.13
    brush.oval(0, 0, size, size, dark(heart, 0.2))
    brush.oval(-0.015, 0.015, size * 0.8, size * 0.8, heart)
    brush.oval(-0.04, 0.05, size * 0.35, size * 0.3, bright(heart, 0.35), 0.7)


def stalk(brush: Brush, rng: Rng, height: float, kind: str, colour: Colour) -> None:
    """A flower on its stem with leaves; the brush's unit is the width of the flower."""
    green = pick(rng, "#4f8a45 #5c9a4c #46804f")
    bend = float(rng.uniform(-0.25, 0.25))
    stem = [(bend * 0.2, 0.0), (bend * 0.6, height * 0.5), (bend, height)]
    brush.line(stem, 0.07, dark(green, 0.1))
    for way in (-1, 1):
        low = float(rng.uniform(0.2, 0.45)) * height
        brush.blob(
            [(0.02, low), (way * 0.3, low + 0.28), (way * 0.5, low + 0.42), (way * 0.36, low + 0.12)],
            green if way < 0 else dark(green, 0.15),
        )
    x, y = brush.at(bend, height)
    blossom(
        Brush(
            brush.canvas,
            brush.light,
            x,
            y,
            brush.size,
            distance=brush.distance,
            lean=float(rng.uniform(-0.2, 0.2)),
        ),
        rng,
        colour,
        kind,
    )


def tuft(brush: Brush, rng: Rng, colour: Colour) -> None:
    """A small flower of a meadow, a few pixels wide."""
    brush.line([(0, 0), (0.1, 0.8)], 0.12, hue("#4f8a45"))
    for u, v in ((-0.3, 0.85), (0.3, 0.85), (0, 1.15), (0, 0.6), (-0.02, 0.88)):
        brush.oval(u + 0.1, v, 0.3, 0.27, colour)
    brush.oval(0.1, 0.88, 0.2, 0.18, hue("#f4c542"))
