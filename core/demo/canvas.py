"""A canvas in unit coordinates, drawn large and reduced once, and a brush that knows place and light.

Legend: x and y run 0..1 over the picture, y downwards; u and v are an object's own units, v upwards
from its foot.
Colours are (red, green, blue), each 0..255.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from core.demo.light import Colour, Light, mix

Point = tuple[float, float]
OVERSAMPLE = 2  # drawn at twice the size: PIL's polygons have hard edges, the reduction softens them


@lru_cache(maxsize=4)
def _glow_mask(power: float) -> Image.Image:
    axis = np.linspace(-1, 1, 65, dtype=np.float32)
    radius = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    fall = np.clip(1 - radius, 0, 1) ** power  # (65, 65), 0..1
    return Image.fromarray((fall * 255).astype(np.uint8))


def whole(colour: Colour, alpha: float = 1.0) -> tuple[int, int, int, int]:
    """The colour as PIL wants it, 0..255 with alpha."""
    red, green, blue = (max(0, min(255, round(part))) for part in colour)
    return red, green, blue, round(255 * alpha)


def curve(points: Sequence[Point], steps: int = 5) -> list[Point]:
    """A closed Catmull-Rom curve through the points, `steps` points a piece."""
    knots = np.asarray(points, dtype=np.float64)  # (K, 2)
    before, after, beyond = np.roll(knots, 1, 0), np.roll(knots, -1, 0), np.roll(knots, -2, 0)
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]  # (1, steps, 1)
    p0, p1, p2, p3 = (part[:, None, :] for part in (before, knots, after, beyond))
    path = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2)
    path = path + 0.5 * (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return [(float(x), float(y)) for x, y in path.reshape(-1, 2)]


class Canvas:
    """One picture in the making; `side_px` is the finished side."""

    def __init__(self, side_px: int) -> None:
        self.side = side_px * OVERSAMPLE
        self.image = Image.new("RGB", (self.side, self.side))
        self.pen = ImageDraw.Draw(self.image, "RGBA")

    def _scaled(self, points: Sequence[Point], left: float = 0, top: float = 0) -> list[Point]:
        return [(x * self.side - left, y * self.side - top) for x, y in points]

    def poly(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0) -> None:
        """A filled polygon."""
        self.pen.polygon(self._scaled(points), fill=whole(colour, alpha))

    def oval(self, x: float, y: float, rx: float, ry: float, colour: Colour, alpha: float = 1.0) -> None:
        """A filled ellipse around (x, y)."""
        s = self.side
        self.pen.ellipse(((x - rx) * s, (y - ry) * s, (x + rx) * s, (y + ry) * s), fill=whole(colour, alpha))

    def line(self, points: Sequence[Point], width: float, colour: Colour, alpha: float = 1.0) -> None:
        """A line with round joints; `width` in picture sides."""
        pixels = max(1, round(width * self.side))
        self.pen.line(self._scaled(points), fill=whole(colour, alpha), width=pixels, joint="curve")

    def ramp(self, points: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """A polygon filled from `top` at its highest point to `bottom` at its lowest."""
        scaled = self._scaled(points)
        left, right = math.floor(min(x for x, _ in scaled)), math.ceil(max(x for x, _ in scaled))
        high, low = math.floor(min(y for _, y in scaled)), math.ceil(max(y for _, y in scaled))
        left, right = max(left, 0), min(right, self.side)
        if right <= left or low <= high:
            return
        mask = Image.new("L", (right - left, low - high))
        ImageDraw.Draw(mask).polygon([(x - left, y - high) for x, y in scaled], fill=255)
        self.image.paste(_ramp_image(right - left, low - high, top, bottom), (left, high), mask)

    def glow(
        self, x: float, y: float, radius: float, colour: Colour, alpha: float, power: float = 2.0
    ) -> None:
        """Light that fades away from (x, y)."""
        size = max(2, round(2 * radius * self.side))
        mask = _glow_mask(power).resize((size, size), Image.Resampling.BILINEAR)
        mask = mask.point([round(i * alpha) for i in range(256)])
        corner = (round((x - radius) * self.side), round((y - radius) * self.side))
        self.image.paste(whole(colour)[:3], (*corner, corner[0] + size, corner[1] + size), mask)

    def puff(
        self,
        lobes: Sequence[tuple[float, float, float]],
        base: float,
        top: Colour,
        bottom: Colour,
        blur: float,
        alpha: float,
    ) -> None:
        """Soft joined discs (x, y, radius), cut flat at `base`, lit from above: one cloud."""
        s = self.side
        pad = 3 * blur * s + 2
        left = math.floor(min(x - r for x, _, r in lobes) * s - pad)
        right = math.ceil(max(x + r for x, _, r in lobes) * s + pad)
        high = math.floor(min(y - r for _, y, r in lobes) * s - pad)
        low = math.ceil(base * s + pad)
        mask, crest = Image.new("L", (right - left, low - high)), Image.new("L", (right - left, low - high))
        pen, crest_pen = ImageDraw.Draw(mask), ImageDraw.Draw(crest)
        for x, y, r in lobes:
            cx, cy, radius = x * s - left, y * s - high, r * s
            pen.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), fill=255)
            crest_pen.ellipse((cx - radius, cy - radius, cx + radius * 0.62, cy + radius * 0.45), fill=150)
        pen.rectangle((0, base * s - high, right - left, low - high), fill=0)
        mask = mask.filter(ImageFilter.BoxBlur(max(0.6, blur * s)))
        crest = ImageChops.multiply(mask, crest.filter(ImageFilter.BoxBlur(max(1.0, 2 * blur * s))))
        fade = [round(i * alpha) for i in range(256)]
        body = _ramp_image(right - left, low - high, mix(top, bottom, 0.25), bottom)
        self.image.paste(body, (left, high), mask.point(fade))
        self.image.paste(whole(top)[:3], (left, high, right, low), crest.point(fade))

    def fill(self, stops: Sequence[tuple[float, Colour]]) -> None:
        """The whole picture in one vertical gradient through (y, colour) stops."""
        ys = (np.arange(self.side) + 0.5) / self.side
        column = np.stack(
            [np.interp(ys, [y for y, _ in stops], [c[i] for _, c in stops]) for i in range(3)], -1
        )
        strip = Image.fromarray(np.clip(column[:, None, :], 0, 255).astype(np.uint8))  # (S, 1, 3)
        self.image.paste(strip.resize((self.side, self.side), Image.Resampling.NEAREST))

    def soften(self, blur: float) -> None:
        """Everything drawn so far out of focus; `blur` in picture sides."""
        self.image.paste(self.image.filter(ImageFilter.BoxBlur(blur * self.side)))


def _ramp_image(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    share = np.arange(max(1, height))[:, None] / max(1, height - 1)
    column = np.asarray(top) * (1 - share) + np.asarray(bottom) * share  # (H, 3)
    strip = Image.fromarray(np.clip(column[:, None, :], 0, 255).astype(np.uint8))
    return strip.resize((max(1, width), max(1, height)), Image.Resampling.NEAREST)


class Brush:
    """Draws one object: foot at (x, y), one unit `size` long, lit by the scene's light at a distance 0..1."""

    def __init__(
        self,
        canvas: Canvas,
        light: Light,
        x: float,
        y: float,
        size: float,
        *,
        facing: int = 1,
        distance: float = 0.0,
        lean: float = 0.0,
    ) -> None:
        self.canvas, self.light, self.x, self.y, self.size = canvas, light, x, y, size
        self.facing, self.distance, self.lean = facing, distance, lean

    def at(self, u: float, v: float) -> Point:
        """The place of (u, v) in the picture."""
        cos, sin = math.cos(self.lean), math.sin(self.lean)
        right, up = u * cos + v * sin, v * cos - u * sin
        return self.x + self.facing * right * self.size, self.y - up * self.size

    def lit(self, colour: Colour) -> Colour:
        """The colour as it looks here: tinted by the light, faded by the air."""
        return self.light.on(colour, self.distance)

    def poly(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0) -> None:
        """A polygon with corners."""
        self.canvas.poly([self.at(u, v) for u, v in points], self.lit(colour), alpha)

    def blob(self, points: Sequence[Point], colour: Colour, alpha: float = 1.0) -> None:
        """A smooth closed shape through the points."""
        self.canvas.poly(curve([self.at(u, v) for u, v in points]), self.lit(colour), alpha)

    def ramp(self, points: Sequence[Point], top: Colour, bottom: Colour) -> None:
        """A smooth closed shape, shaded from top to bottom."""
        self.canvas.ramp(curve([self.at(u, v) for u, v in points]), self.lit(top), self.lit(bottom))

    def oval(self, u: float, v: float, ru: float, rv: float, colour: Colour, alpha: float = 1.0) -> None:
        """An ellipse around (u, v)."""
        x, y = self.at(u, v)
        self.canvas.oval(x, y, ru * self.size, rv * self.size, self.lit(colour), alpha)

    def line(self, points: Sequence[Point], width: float, colour: Colour, alpha: float = 1.0) -> None:
        """A line, `width` in own units."""
        self.canvas.line([self.at(u, v) for u, v in points], width * self.size, self.lit(colour), alpha)

    def shadow(self, reach: float, depth: float = 0.07) -> None:
        """The dark pool under the object."""
        self.canvas.oval(
            self.x,
            self.y,
            reach * self.size,
            depth * self.size,
            self.light.on((25, 30, 45), self.distance),
            0.32 * (1 - 0.6 * self.distance),
        )
