"""Places: hills, mountains, dunes, water, towns, rooms and the blur behind a close-up."""

import math
from dataclasses import dataclass

import numpy as np

from core.demo import things
from core.demo.canvas import Brush, Canvas, Point
from core.demo.light import Colour, Light, Rng, bright, dark, ground_colour, hue, mix, pick, vary


@dataclass(frozen=True)
class Ground:
    """Where things stand: an object of world height h at foot y is `h * scale * (y - horizon)` high."""

    horizon: float  # y of the eye's height
    top: float  # first y at which things may stand
    scale: float

    def brush(
        self, canvas: Canvas, light: Light, x: float, y: float, height: float, facing: int = 1
    ) -> Brush:
        """A brush for something of `height` (a person is 1) with its foot at (x, y)."""
        size = height * self.scale * max(0.02, y - self.horizon)
        far = max(0.0, min(1.0, 1 - (y - self.horizon) / max(0.05, 1 - self.horizon)))
        return Brush(canvas, light, x, y, size, facing=facing, distance=0.75 * far)


def ridge(rng: Rng, y: float, swing: float, waves: float) -> list[Point]:
    """A rolling line from left to right around `y`."""
    xs = np.linspace(-0.05, 1.05, 34)
    ys = np.full_like(xs, y)
    for octave in range(3):
        turn = rng.uniform(0, 6.28)
        ys += swing / 2**octave * np.sin(xs * waves * 2**octave * 2 + turn) * 0.7
    return [(float(a), float(b)) for a, b in zip(xs, ys, strict=True)]


def hills(canvas: Canvas, light: Light, rng: Rng, season: str, horizon: float) -> Ground:
    """Layers of land, fading with distance; the front one carries things."""
    layers, base = int(rng.integers(2, 5)), ground_colour(season, rng)
    for i in range(layers):
        near = i / layers
        y = horizon + (i * 0.09) + float(rng.uniform(-0.02, 0.02))
        tone = light.on(mix(vary(rng, base, 9), hue("#6f8fa6"), 0.35 * (1 - near)), 0.95 - 0.8 * near)
        line = ridge(rng, y, 0.05 * (1.15 - near), float(rng.uniform(1.2, 3)))
        canvas.ramp([*line, (1.05, 1.02), (-0.05, 1.02)], tone, mix(tone, light.horizon, 0.35 * (1 - near)))
    top = min(0.8, horizon + layers * 0.09 + 0.02)
    field(canvas, light, rng, base, top, waves=1.5)
    return Ground(min(horizon, top - 0.12), top + 0.05, float(rng.uniform(0.5, 0.95)))


def field(canvas: Canvas, light: Light, rng: Rng, base: Colour, top: float, *, waves: float = 0.6) -> None:
    """The foreground: a slope with blades, tufts and soft stripes."""
    near = light.on(base, 0.05)
    line = ridge(rng, top, 0.02, waves)
    canvas.ramp(
        [*line, (1.05, 1.02), (-0.05, 1.02)],
        bright(near, 0.08) if not light.night else near,
        dark(near, 0.22),
    )
    for _ in range(26):
        x, y = float(rng.random()), float(rng.uniform(top + 0.03, 1))
        reach = 0.012 + 0.03 * (y - top)
        tone = dark(near, 0.25) if rng.random() < 0.5 else bright(near, 0.16)
        canvas.poly([(x - reach, y), (x, y - reach * 0.5), (x + reach, y)], tone, 0.45)


def mountains(canvas: Canvas, light: Light, rng: Rng, horizon: float, *, snow: bool = True) -> None:
    """Two ranges of peaks with a lit and a shaded flank."""
    for layer, (far, high) in enumerate(((0.85, 0.3), (0.55, 0.24))):
        rockface = light.on(pick(rng, "#6f7f98 #7a7f8f #5f7490 #86788a"), far)
        for _ in range(int(rng.integers(3, 6))):
            x, tall = float(rng.uniform(-0.05, 1.05)), float(rng.uniform(0.5, 1.1)) * high
            half, tip = tall * float(rng.uniform(0.7, 1.15)), horizon - tall + 0.03 * layer
            foot, cut = horizon + 0.05, float(rng.uniform(-0.15, 0.2))
            canvas.ramp(
                [(x - half, foot), (x, tip), (x + half, foot)], rockface, mix(rockface, light.horizon, 0.45)
            )
            canvas.ramp(
                [(x, tip), (x + half, foot), (x + half * cut, foot), (x + half * 0.08, tip + tall * 0.4)],
                dark(rockface, 0.3),
                mix(rockface, light.horizon, 0.35),
            )
            if snow:
                white, s = light.on(hue("#fbfcff"), far * 0.5), 0.32
                canvas.poly(
                    [
                        (x, tip),
                        (x - half * s, tip + tall * s),
                        (x - half * 0.12, tip + tall * s * 0.75),
                        (x + half * 0.02, tip + tall * s * 1.15),
                        (x + half * 0.14, tip + tall * s * 0.7),
                        (x + half * s, tip + tall * s),
                    ],
                    white,
                )


def dunes(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> Ground:
    """Sand in long crests."""
    sand = pick(rng, "#e3b36b #d99f5c #e8c489 #cf9a6a")
    for i in range(4):
        near = i / 3
        tone = light.on(vary(rng, sand, 5), 0.8 - 0.75 * near)
        line = ridge(rng, horizon + 0.02 + i * 0.11, 0.045, float(rng.uniform(1, 2.2)))
        canvas.ramp([*line, (1.05, 1.02), (-0.05, 1.02)], bright(tone, 0.1), dark(tone, 0.2))
    return Ground(horizon - 0.05, horizon + 0.36, float(rng.uniform(0.5, 0.9)))


def sea(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> None:
    """Water to the horizon, with glints that grow nearer and the sky mirrored."""
    deep = light.on(pick(rng, "#1f6f9a #2a7f9f #22608c #3a8f9a #4a7f94"))
    far = mix(deep, light.horizon, 0.55)
    canvas.ramp([(-0.01, horizon), (1.01, horizon), (1.01, 1.01), (-0.01, 1.01)], far, deep)
    gleam, centre = bright(mix(deep, light.sun, 0.6), 0.2), float(rng.uniform(0.2, 0.8))
    for _ in range(90):
        depth = float(rng.random()) ** 1.6
        y = horizon + 0.008 + depth * (1 - horizon)
        path = rng.random() < 0.45
        x = centre + float(rng.normal(0, 0.04 + 0.1 * depth)) if path else float(rng.uniform(-0.05, 1.05))
        long, thin = (0.014 + 0.055 * depth) * float(rng.uniform(0.5, 1.4)), 0.002 + 0.006 * depth
        canvas.poly(
            [(x - long, y), (x, y - thin), (x + long, y), (x, y + thin * 0.6)],
            gleam if path or rng.random() < 0.5 else dark(deep, 0.25),
            0.55,
        )


def beach(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> Ground:
    """Sand in front of the water, with foam."""
    top, slope = float(rng.uniform(0.78, 0.88)), float(rng.uniform(-0.08, 0.08))
    sand = light.on(pick(rng, "#ecd6a4 #e2c48f #f0dfba"))
    xs = np.linspace(-0.05, 1.05, 16)
    turn = float(rng.uniform(0, 6))
    edge = [(float(x), top + slope * (float(x) - 0.5) + 0.012 * math.sin(float(x) * 9 + turn)) for x in xs]
    canvas.poly(
        [*[(x, y - 0.03) for x, y in edge], (1.05, 1.02), (-0.05, 1.02)], light.on(hue("#f7fbfb")), 0.75
    )
    canvas.ramp([*edge, (1.05, 1.02), (-0.05, 1.02)], dark(sand, 0.12), sand)
    return Ground(horizon, top + 0.06, float(rng.uniform(0.7, 1.1)))


def river(canvas: Canvas, light: Light, rng: Rng, ground: Ground) -> None:
    """Water winding from the far meadow to the front."""
    top, turn, waves = ground.top - 0.05, float(rng.uniform(0, 6.28)), float(rng.uniform(0.7, 1.3))
    goal, wide, left, right = float(rng.uniform(0.25, 0.75)), float(rng.uniform(0.12, 0.32)), [], []
    for t in np.linspace(0, 1, 26):
        y, near = top + (1.03 - top) * float(t), float(t) ** 1.3
        x = (
            0.5
            + (goal - 0.5) * near
            + (0.05 + 0.16 * near) * math.sin(turn + waves * 6.28 * (1 - (1 - float(t)) ** 2))
        )
        half = 0.014 + wide * near
        left.append((x - half, y))
        right.append((x + half, y))
    water = light.on(pick(rng, "#4f9ac4 #5fa8c0 #3f86b0 #6aa6b8"))
    bank = light.on(hue("#a98a5a"))
    canvas.poly(
        [
            *[(x - 0.012 - 0.02 * (y - top), y) for x, y in left],
            *[(x + 0.012 + 0.02 * (y - top), y) for x, y in reversed(right)],
        ],
        bank,
    )
    canvas.ramp([*left, *reversed(right)], mix(water, light.horizon, 0.6), water)
    for _ in range(34):
        i = int(rng.integers(3, 26))
        (a, y), (b, _) = left[i], right[i]
        x, long = float(rng.uniform(a, b)), (b - a) * float(rng.uniform(0.05, 0.14))
        x = min(max(x, a + long), b - long)
        canvas.poly(
            [(x - long, y), (x, y - 0.004), (x + long, y), (x, y + 0.003)],
            bright(mix(water, light.sun, 0.5), 0.3),
            0.6,
        )


def road(canvas: Canvas, light: Light, rng: Rng, top: float, low: float) -> Ground:
    """A road across the picture, with kerb and dashes."""
    tar = light.on(pick(rng, "#5a5d68 #6a6a70 #4c505c #77726e"))
    canvas.ramp([(-0.01, top), (1.01, top), (1.01, low), (-0.01, low)], mix(tar, light.horizon, 0.2), tar)
    canvas.poly(
        [(-0.01, top - 0.012), (1.01, top - 0.012), (1.01, top), (-0.01, top)], light.on(hue("#c9c4b8"))
    )
    middle, start = (top + low) / 2 + 0.01, float(rng.uniform(0, 0.15))
    for i in range(9):
        x = start - 0.15 + i * 0.15
        canvas.poly(
            [(x, middle), (x + 0.07, middle), (x + 0.065, middle + 0.01), (x - 0.005, middle + 0.01)],
            light.on(hue("#ece6d2")),
            0.85,
        )
    return Ground(top - 0.16, top, float(rng.uniform(0.75, 1.05)))


def skyline(canvas: Canvas, light: Light, rng: Rng, base: float, *, far: bool) -> None:
    """A row of buildings down to `base`, lit windows by night."""
    x = -0.05
    while x < 1.0:
        wide = float(rng.uniform(0.08, 0.17)) * (0.7 if far else 1.2)
        tall = float(rng.uniform(0.12, 0.36)) * (1.15 if far else 1.0)
        brush = Brush(canvas, light, x, base, 1.0, distance=0.7 if far else 0.12)
        wall = pick(rng, "#b9a38f #a8b0bc #c9b8a0 #8f9aa8 #b58a78 #d6cbb8 #7f8798")
        canvas.ramp(
            [(x, base), (x, base - tall), (x + wide, base - tall), (x + wide, base)],
            brush.lit(wall),
            mix(brush.lit(dark(wall, 0.18)), light.horizon, 0.15),
        )
        roof = rng.random()
        if roof < 0.35:
            brush.poly(
                [(-0.01, tall), (wide / 2, tall + wide * 0.5), (wide + 0.01, tall)],
                pick(rng, "#8a4a3c #5a6478 #7c5a4a"),
            )
        elif roof < 0.5:
            brush.line([(wide / 2, tall), (wide / 2, tall + 0.06)], 0.006, hue("#4a4f5a"))
        columns, rows = max(1, int(wide / 0.045)), max(1, int(tall / 0.065))
        for i in range(columns):
            for j in range(rows):
                things.window(
                    brush,
                    wide * (i + 0.5) / columns,
                    0.03 + j * (tall - 0.03) / rows + 0.02,
                    0.009 if far else 0.012,
                    rng,
                )
        x += wide + float(rng.uniform(0, 0.012))


def blur(canvas: Canvas, light: Light, rng: Rng, codes: str) -> None:
    """What is behind a close-up: soft discs of light, out of focus."""
    top, low = pick(rng, codes), pick(rng, codes)
    canvas.fill([(0, light.on(bright(top, 0.25))), (1, light.on(dark(low, 0.1)))])
    for _ in range(int(rng.integers(9, 18))):
        r = float(rng.uniform(0.05, 0.2))
        canvas.oval(
            float(rng.random()),
            float(rng.random()),
            r,
            r,
            light.on(bright(pick(rng, codes), 0.3)),
            float(rng.uniform(0.12, 0.4)),
        )
    canvas.soften(0.022)
    for _ in range(int(rng.integers(4, 12))):
        r = float(rng.uniform(0.015, 0.05))
        canvas.oval(
            float(rng.random()),
            float(rng.random()),
            r,
            r,
            light.on(bright(pick(rng, codes), 0.55)),
            float(rng.uniform(0.1, 0.3)),
        )


def room(canvas: Canvas, rng: Rng) -> Light:
    """A wall with or without stripes, a picture or a window on it; returns the light of the room."""
    tint = float(rng.uniform(0.88, 1.05))
    wall = pick(rng, "#e6d3b8 #c9d6cf #d9c0b4 #b8c4d4 #dcd0e0 #9fb0a8 #e8dcc0 #8f7f8a")
    lamp = Light("room", wall, wall, wall, hue("#fff0cc"), (tint, tint * 0.98, tint * 0.93), 0.0, wall, wall)
    canvas.fill([(0, lamp.on(bright(wall, 0.2))), (1, lamp.on(dark(wall, 0.15)))])
    if rng.random() < 0.4:
        wide = float(rng.uniform(0.03, 0.08))
        for i in range(int(1 / wide) + 1):
            if i % 2:
                canvas.poly(
                    [(i * wide, 0), ((i + 1) * wide, 0), ((i + 1) * wide, 1), (i * wide, 1)],
                    lamp.on(bright(wall, 0.3)),
                    0.5,
                )
    return lamp
