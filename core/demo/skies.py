"""The sky: gradient, sun, moon, stars, the bands of a sunset, clouds, and mist on the land."""

import math

from PIL import Image, ImageDraw

from core.demo.canvas import Canvas
from core.demo.light import Colour, Light, Rng, bright, dark, hue, mix


def sky(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> None:
    """Gradient, sun or moon with glow, stars by night, the broad bands of a sunset."""
    canvas.fill(
        [(0, light.zenith), (horizon * 0.55, light.middle), (horizon, light.horizon), (1, light.horizon)]
    )
    x = float(rng.uniform(0.1, 0.9))
    if light.night:
        for _ in range(int(rng.integers(15, 60))):
            size = float(rng.uniform(0.002, 0.006))
            canvas.oval(
                float(rng.random()),
                float(rng.random()) * horizon,
                size,
                size,
                (255, 250, 235),
                float(rng.uniform(0.3, 1)),
            )
        if rng.random() < 0.65:
            _moon(canvas, light, rng, x, horizon)
        return
    if light.time == "sunset":
        y = horizon * float(rng.uniform(0.7, 0.98))
        for i in range(int(rng.integers(3, 7))):
            _streak(canvas, rng, horizon, mix(light.middle, hue("#8a3550"), 0.1 + 0.1 * i))
        canvas.glow(x, y, 0.75, light.horizon, 0.75)
        canvas.oval(x, y, 0.06, 0.06, light.sun)
        canvas.glow(x, y, 0.2, light.sun, 0.8)
    elif light.time == "mist":
        canvas.glow(x, horizon * 0.4, 0.5, light.sun, 0.35)
    elif rng.random() < 0.55:
        y, size = horizon * float(rng.uniform(0.15, 0.6)), float(rng.uniform(0.03, 0.05))
        canvas.glow(x, y, 0.38, light.sun, 0.6)
        canvas.oval(x, y, size, size, bright(light.sun, 0.4))


def _moon(canvas: Canvas, light: Light, rng: Rng, x: float, horizon: float) -> None:
    y, size = horizon * float(rng.uniform(0.15, 0.5)), float(rng.uniform(0.03, 0.06))
    canvas.glow(x, y, 0.32, light.sun, 0.45)
    canvas.oval(x, y, size, size, light.sun)
    if rng.random() < 0.5:
        canvas.oval(
            x + size * 0.5,
            y - size * 0.2,
            size * 0.85,
            size * 0.85,
            mix(light.zenith, light.middle, y / horizon),
        )
    else:
        for du, dv, r in ((-0.3, 0.2, 0.22), (0.3, -0.1, 0.16), (0.05, 0.5, 0.12)):
            canvas.oval(x + du * size, y + dv * size, r * size, r * size, dark(light.sun, 0.14))


def _streak(canvas: Canvas, rng: Rng, horizon: float, colour: Colour) -> None:
    x, y, half = float(rng.random()), horizon * float(rng.uniform(0.1, 0.85)), float(rng.uniform(0.2, 0.5))
    thin = float(rng.uniform(0.006, 0.018))
    canvas.poly(
        [(x - half, y), (x - half * 0.2, y - thin), (x + half, y + thin * 0.3), (x + half * 0.1, y + thin)],
        colour,
        0.4,
    )


def clouds(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> None:
    """Cumulus, a bank of them, or high feathers."""
    kind = rng.random()
    if kind < 0.2:
        for _ in range(int(rng.integers(4, 9))):
            x, y, long = (
                float(rng.random()),
                horizon * float(rng.uniform(0.08, 0.7)),
                float(rng.uniform(0.1, 0.26)),
            )
            slope = float(rng.uniform(-0.12, 0.12))
            for i in range(15):
                u = -1 + i / 7
                canvas.glow(
                    x + u * long,
                    y + slope * u * long + float(rng.normal(0, 0.004)),
                    0.012 + long * 0.3 * (1 - abs(u)),
                    light.cloud,
                    0.42,
                    power=1.4,
                )
        return
    for _ in range(int(rng.integers(1, 4)) if kind < 0.75 else int(rng.integers(4, 8))):
        _cumulus(canvas, light, rng, float(rng.uniform(0, 1)), horizon * float(rng.uniform(0.18, 0.88)))


def _cumulus(canvas: Canvas, light: Light, rng: Rng, x: float, base: float) -> None:
    half = float(rng.uniform(0.09, 0.3)) * (0.45 + 0.75 * (1 - base / 0.7))
    lobes, count = [], int(rng.integers(5, 9))
    for i in range(count):
        u = -1 + 2 * (i + 0.5) / count + float(rng.normal(0, 0.06))
        r = half * (0.22 + 0.3 * (1 - u * u)) * float(rng.uniform(0.8, 1.2))
        lobes.append((x + u * half, base - r * float(rng.uniform(0.2, 0.75)), r))
        if abs(u) < 0.5:
            lobes.append((x + u * half * 0.7, base - r * float(rng.uniform(0.9, 1.4)), r * 0.75))
    canvas.puff(lobes, base, light.cloud, light.cloud_base, half * 0.028, float(rng.uniform(0.82, 0.97)))


def fog(canvas: Canvas, light: Light, rng: Rng, horizon: float) -> None:
    """A band of mist lying on the land."""
    mask = Image.new("L", (1, canvas.side))
    pen, deep = ImageDraw.Draw(mask), float(rng.uniform(0.12, 0.3))
    for row in range(canvas.side):
        y = (row + 0.5) / canvas.side
        pen.point((0, row), fill=round(150 * math.exp(-(((y - horizon - 0.05) / deep) ** 2))))
    canvas.image.paste(
        tuple(round(min(255, part)) for part in light.horizon),
        (0, 0),
        mask.resize((canvas.side, canvas.side)),
    )
