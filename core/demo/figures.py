"""People: walking figures, figures to the knees, the bust of a portrait; and the snowman, who is none."""

import math

from core.demo.canvas import Brush
from core.demo.light import Rng, bright, dark, hue, mix, pick

SKIN = "#f3d3b8 #e6b48c #c98e62 #9a6640 #6b4630 #f0c4a0"
HAIR = "#2a2024 #4a3226 #7a5230 #b8863f #d9b36a #8a8a8c #a4472c #e6e2dc"
CLOTH = "#d64545 #3f7fc0 #f0b429 #4f9a6b #7a5fa8 #e88a5a #2f3e5c #e6e2dc #c65b7c #3aa0a0 #8a6a4c"


def figure(brush: Brush, rng: Rng) -> None:
    """A standing or walking person, one unit high."""
    skin, hair, top, low = (
        pick(rng, SKIN),
        pick(rng, HAIR),
        pick(rng, CLOTH),
        pick(rng, CLOTH + " #3a4560 #4a4a52"),
    )
    stride, swing = float(rng.uniform(0.01, 0.11)), float(rng.uniform(-0.1, 0.16))
    brush.shadow(0.24, 0.035)
    coat = rng.random() < 0.35
    brush.line([(0.02, 0.5), (stride * 0.6, 0.26), (stride, 0.02)], 0.085, dark(low, 0.2))
    brush.line([(-0.02, 0.5), (-stride * 0.5, 0.27), (-stride, 0.02)], 0.085, low)
    for u in (-stride, stride):
        brush.oval(u + 0.03, 0.018, 0.055, 0.022, hue("#2b2a33"))
    brush.line([(-0.09, 0.77), (-0.14, 0.6), (-0.11 - swing, 0.46)], 0.058, dark(top, 0.25))
    if rng.random() < 0.45:
        brush.blob([(-0.1, 0.74), (-0.105, 0.92), (0, 1.0), (0.07, 0.92), (0.05, 0.78)], dark(hair, 0.12))
    hem = 0.3 if coat else 0.46
    flare = 0.16 if coat else 0.115
    brush.ramp(
        [
            (-0.12, 0.79),
            (-0.05, 0.825),
            (0.05, 0.825),
            (0.12, 0.79),
            (0.105, 0.62),
            (flare, hem + 0.02),
            (flare * 0.8, hem),
            (-flare * 0.8, hem),
            (-flare, hem + 0.02),
            (-0.105, 0.62),
        ],
        bright(top, 0.12),
        dark(top, 0.14),
    )
    brush.line([(0.1, 0.77), (0.145, 0.6), (0.11 + swing, 0.47)], 0.058, bright(top, 0.06))
    brush.oval(0.11 + swing, 0.455, 0.028, 0.028, skin)
    brush.poly([(-0.03, 0.8), (-0.03, 0.88), (0.03, 0.88), (0.03, 0.8)], dark(skin, 0.15))
    brush.oval(0.01, 0.912, 0.075, 0.082, skin)
    brush.blob(
        [
            (-0.09, 0.86),
            (-0.09, 0.95),
            (-0.05, 1.0),
            (0.03, 1.012),
            (0.09, 0.96),
            (0.02, 0.955),
            (-0.035, 0.93),
            (-0.05, 0.87),
        ],
        hair,
    )
    if rng.random() < 0.2:
        brush.blob([(-0.1, 0.95), (-0.05, 1.03), (0.05, 1.03), (0.1, 0.95)], pick(rng, CLOTH))
        brush.line([(-0.14, 0.95), (0.15, 0.95)], 0.022, hue("#3a3440"))
    if brush.size > 0.3:
        for u in (0.0, 0.052):
            brush.oval(u, 0.915, 0.009, 0.012, hue("#2a2226"))
        brush.line([(0.008, 0.873), (0.03, 0.867), (0.05, 0.874)], 0.011, mix(skin, hue("#a03028"), 0.55))
    if rng.random() < 0.08:
        shade = pick(rng, CLOTH)
        brush.line([(0.13, 0.5), (0.13, 1.12)], 0.018, hue("#4a4a52"))
        brush.blob([(-0.24, 1.04), (0.0, 1.2), (0.26, 1.2), (0.5, 1.04), (0.13, 1.08)], shade)


def snowman(brush: Brush, rng: Rng) -> None:
    """Three balls of snow, about as tall as a person."""
    white = hue("#f4f7fb")
    brush.shadow(0.34, 0.05)
    for v, r in ((0.24, 0.25), (0.6, 0.19), (0.86, 0.13)):
        brush.oval(0, v, r, r, dark(white, 0.12))
        brush.oval(-0.02, v + 0.02, r * 0.9, r * 0.88, white)
    brush.poly([(0.02, 0.88), (0.2, 0.84), (0.02, 0.83)], hue("#e8762c"))
    for u in (-0.03, 0.06):
        brush.oval(u, 0.9, 0.018, 0.018, hue("#20222a"))
    brush.poly([(-0.11, 0.96), (-0.09, 1.14), (0.09, 1.14), (0.11, 0.96)], hue("#2b2f3a"))
    brush.line([(-0.13, 0.73), (0.13, 0.73)], 0.06, pick(rng, CLOTH))


def bust(brush: Brush, rng: Rng, *, detail: bool = True) -> None:
    """Head and shoulders; one unit is the height of the head, the brush stands at the chin."""
    skin, hair, cloth = pick(rng, SKIN), pick(rng, HAIR), pick(rng, CLOTH)
    wide, look = float(rng.uniform(0.34, 0.4)), float(rng.uniform(-0.07, 0.07))
    style = int(rng.integers(5))  # 0 cropped, 1 to the shoulders, 2 bun, 3 curls, 4 bald or cap
    if style == 1:
        brush.ramp(
            [
                (-0.48, -0.42),
                (-0.5, 0.5),
                (-0.3, 1.02),
                (0.05, 1.1),
                (0.36, 0.98),
                (0.5, 0.5),
                (0.46, -0.42),
                (0, -0.2),
            ],
            hair,
            dark(hair, 0.35),
        )
    if style == 2:
        brush.oval(0.02, 1.12, 0.17, 0.15, dark(hair, 0.12))
    if style == 3:
        for i in range(15):
            a = math.pi * (-0.2 + 1.4 * i / 14)
            brush.oval(
                math.cos(a) * 0.42, 0.6 + math.sin(a) * 0.42, 0.16, 0.15, hair if i % 2 else dark(hair, 0.15)
            )
    brush.ramp(
        [
            (-0.98, -1.3),
            (-0.92, -0.62),
            (-0.6, -0.34),
            (-0.16, -0.2),
            (0.16, -0.2),
            (0.6, -0.34),
            (0.92, -0.62),
            (0.98, -1.3),
        ],
        bright(cloth, 0.14),
        dark(cloth, 0.3),
    )
    brush.poly([(-0.16, -0.28), (-0.15, 0.2), (0.15, 0.2), (0.16, -0.28), (0, -0.4)], dark(skin, 0.2))
    if rng.random() < 0.5:
        brush.poly([(-0.22, -0.2), (0, -0.5), (-0.02, -0.62), (-0.3, -0.3)], bright(cloth, 0.4))
        brush.poly([(0.22, -0.2), (0, -0.5), (0.02, -0.62), (0.3, -0.3)], bright(cloth, 0.32))
    for s in (-1, 1):
        brush.oval(s * wide + look * 0.4, 0.46, 0.06, 0.1, dark(skin, 0.12))
    face = [
        (-wide, 0.55),
        (-wide * 0.85, 0.86),
        (0, 1.0),
        (wide * 0.85, 0.86),
        (wide, 0.55),
        (wide * 0.72, 0.16),
        (0, 0.0),
        (-wide * 0.72, 0.16),
    ]
    brush.blob(face, skin)
    brush.blob(
        [
            (wide * 0.35, 0.98),
            (wide * 0.9, 0.84),
            (wide, 0.5),
            (wide * 0.72, 0.16),
            (0.05, 0.01),
            (wide * 0.5, 0.4),
        ],
        dark(skin, 0.1),
        0.8,
    )
    if style in (0, 1, 2):
        part = float(rng.uniform(-0.2, 0.2))
        brush.blob(
            [
                (-wide - 0.04, 0.55),
                (-wide - 0.02, 0.94),
                (0, 1.1),
                (wide + 0.02, 0.94),
                (wide + 0.04, 0.55),
                (wide * 0.86, 0.8),
                (part, 0.88),
                (-wide * 0.86, 0.78),
            ],
            hair,
        )
        brush.blob(
            [(-wide * 0.7, 0.92), (-0.05, 1.04), (wide * 0.4, 0.98), (-0.05, 0.97)], bright(hair, 0.25), 0.6
        )
    elif style == 3:
        for u in (-0.24, -0.08, 0.08, 0.24):
            brush.oval(u, 0.93, 0.12, 0.1, hair)
    elif rng.random() < 0.6:
        cap = pick(rng, CLOTH)
        brush.ramp(
            [
                (-wide - 0.05, 0.72),
                (-wide * 0.9, 1.02),
                (0, 1.16),
                (wide * 0.9, 1.02),
                (wide + 0.05, 0.72),
                (0, 0.8),
            ],
            bright(cap, 0.15),
            dark(cap, 0.15),
        )
    if detail:
        _face(brush, rng, look, mix(skin, hue("#c0392b"), 0.4), dark(hair, 0.3), dark(skin, 0.3))


def _face(
    brush: Brush,
    rng: Rng,
    look: float,
    lips: tuple[float, float, float],
    brow: tuple[float, float, float],
    line: tuple[float, float, float],
) -> None:
    glasses, smile = rng.random() < 0.22, float(rng.uniform(0.02, 0.07))
    for s in (-1, 1):
        u = s * 0.15 + look
        brush.oval(u, 0.52, 0.055, 0.04, hue("#fbfaf6"))
        brush.oval(u + look * 0.2, 0.52, 0.032, 0.036, hue("#2a2226"))
        brush.line([(u - 0.07, 0.63), (u, 0.66), (u + 0.07, 0.63)], 0.028, brow)
        brush.oval(s * 0.21 + look, 0.36, 0.075, 0.05, hue("#e8786a"), 0.25)
        if glasses:
            brush.line(
                [(u + 0.115 * math.cos(a), 0.52 + 0.1 * math.sin(a)) for a in [i * 0.63 for i in range(11)]],
                0.016,
                hue("#2b2a33"),
            )
    brush.line([(look * 1.2, 0.52), (look * 1.5 + 0.035, 0.38), (look * 1.2 - 0.01, 0.36)], 0.022, line)
    brush.blob(
        [
            (look - 0.12, 0.22 + smile * 0.5),
            (look, 0.22 - smile),
            (look + 0.12, 0.22 + smile * 0.5),
            (look, 0.225),
        ],
        lips,
    )
    if rng.random() < 0.14:
        brush.blob(
            [(-0.26, 0.24), (-0.18, 0.04), (0, -0.05), (0.18, 0.04), (0.26, 0.24), (0, 0.12)], brow, 0.85
        )
