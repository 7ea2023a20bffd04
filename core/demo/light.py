"""Light: what hour it is, and what that does to every colour in the picture."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

Colour = tuple[float, float, float]  # red, green, blue, each 0..255
Rng = np.random.Generator


@lru_cache(maxsize=512)
def hue(code: str) -> Colour:
    """`#rrggbb` as a colour."""
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """`share` 0..1 of the way from one colour to the other."""
    keep = 1 - share
    return tuple(a * keep + b * share for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def dark(colour: Colour, share: float) -> Colour:
    """The colour in shade: towards a cool dark, which looks richer than towards black."""
    return mix(colour, (28, 32, 58), share)


def bright(colour: Colour, share: float) -> Colour:
    """The colour in light: towards a warm white."""
    return mix(colour, (255, 250, 235), share)


def vary(rng: Rng, colour: Colour, by: float = 10) -> Colour:
    """A neighbour of the colour."""
    shift, tone = rng.normal(0, by * 0.6, 3), rng.normal(0, by)
    return tuple(float(part + s + tone) for part, s in zip(colour, shift, strict=True))  # type: ignore[return-value]


def pick(rng: Rng, codes: str) -> Colour:
    """One of the space-separated `#rrggbb`, varied a little."""
    choices = codes.split()
    return vary(rng, hue(choices[int(rng.integers(len(choices)))]), 6)


@dataclass(frozen=True)
class Light:
    """The hour: three colours of sky, the sun or moon, the tint on things and the air between."""

    time: str
    zenith: Colour
    middle: Colour
    horizon: Colour
    sun: Colour
    tint: Colour  # 1 = unchanged
    air: float  # how fast things fade into the horizon's colour, 0..1
    cloud: Colour
    cloud_base: Colour

    @property
    def night(self) -> bool:
        """Whether lamps are lit."""
        return self.time == "night"

    def on(self, colour: Colour, distance: float = 0.0) -> Colour:
        """The colour under this light at a distance 0 (here) to 1 (the horizon)."""
        seen: Colour = (colour[0] * self.tint[0], colour[1] * self.tint[1], colour[2] * self.tint[2])
        return mix(seen, self.horizon, min(0.94, self.air * distance))


# zenith, middle, horizon, sun, tint, air, cloud, cloud base
_PALETTES: dict[str, tuple[tuple[str, str, str, str, Colour, float, str, str], ...]] = {
    "noon": (
        ("#3f8fdc", "#7dbcf0", "#cfe8f7", "#fff6d8", (1.0, 1.0, 1.0), 0.72, "#ffffff", "#b4c6dc"),
        ("#2f7fc4", "#68b2e2", "#bfe3ee", "#fff8e0", (1.02, 1.0, 0.97), 0.65, "#ffffff", "#a9c0d4"),
        ("#58a9d8", "#9ad4e6", "#e6f4ec", "#fffbe6", (1.0, 1.02, 0.98), 0.78, "#ffffff", "#bccfd8"),
    ),
    "morning": (
        ("#8fbfe0", "#c4dcea", "#fbeed6", "#fff3c4", (1.03, 0.99, 0.92), 0.85, "#fffaf0", "#c9c8d6"),
        ("#9ac7cf", "#cfe5dd", "#fdf1dc", "#fff6d0", (1.0, 1.0, 0.95), 0.88, "#ffffff", "#c3ccd0"),
        ("#a9b9e2", "#d6d3ea", "#f6e6e4", "#fff2dc", (0.98, 0.96, 1.0), 0.85, "#fffafa", "#c4bfd2"),
    ),
    "mist": (
        ("#c3ced6", "#d3dbdf", "#e3e7e6", "#f7f5ea", (0.92, 0.94, 0.95), 1.0, "#f2f4f4", "#b3bcc4"),
        ("#aebcc4", "#c2ced2", "#d9dfdd", "#f2f2e8", (0.86, 0.9, 0.92), 1.0, "#e9edee", "#9eabb5"),
        ("#d2cfc6", "#dedad0", "#ebe7da", "#faf5e4", (0.97, 0.94, 0.9), 1.0, "#f7f5ee", "#bfb9b0"),
    ),
    "sunset": (
        ("#7a3f7c", "#ee6a3f", "#ffc45e", "#fff0b0", (1.02, 0.76, 0.62), 0.72, "#ffb27a", "#a84d62"),
        ("#9c3b52", "#f4743a", "#ffb84a", "#ffe9a0", (1.04, 0.74, 0.56), 0.7, "#ffa566", "#a2445a"),
        ("#b0483e", "#f98a3c", "#ffd070", "#fff2b8", (1.06, 0.8, 0.6), 0.75, "#ffc080", "#b8584e"),
    ),
    "night": (
        ("#0a1130", "#1a2a58", "#3a4f86", "#f4f2da", (0.42, 0.48, 0.66), 0.6, "#4a5a86", "#1f2b52"),
        ("#0d0f26", "#24244e", "#4b3f70", "#f8eed2", (0.46, 0.43, 0.6), 0.58, "#56507e", "#26244a"),
        ("#06151f", "#123547", "#2c6272", "#eef6e6", (0.4, 0.5, 0.57), 0.6, "#3d6272", "#15313f"),
        ("#26356a", "#43538c", "#7a7fae", "#fbf6e0", (0.55, 0.56, 0.74), 0.65, "#8088b4", "#48528a"),
    ),
}
TIMES = tuple(_PALETTES)

_GROUNDS = {
    "spring": "#8fc45a #9ccc63 #7dbb58 #a8cf6a",
    "summer": "#6dab4c #5c9e52 #7fae4e #8fb356",
    "autumn": "#c79b48 #b98a45 #a8954c #cfa85a",
    "winter": "#eef2f8 #e4ebf4 #f3f4f6 #dde7f2",
    "dry": "#d3bd76 #c9b06c #b9b068 #dcc58a",
}
SEASONS = tuple(_GROUNDS)


def light_at(time: str, rng: Rng) -> Light:
    """A light of that hour; no two are quite the same."""
    zenith, middle, horizon, sun, tint, air, cloud, base = _PALETTES[time][
        int(rng.integers(len(_PALETTES[time])))
    ]
    level = float(rng.uniform(0.9, 1.08))
    return Light(
        time=time,
        zenith=vary(rng, hue(zenith), 7),
        middle=vary(rng, hue(middle), 7),
        horizon=vary(rng, hue(horizon), 5),
        sun=hue(sun),
        tint=(tint[0] * level, tint[1] * level, tint[2] * level),
        air=air * float(rng.uniform(0.8, 1.1)),
        cloud=hue(cloud),
        cloud_base=vary(rng, hue(base), 6),
    )


def ground_colour(season: str, rng: Rng) -> Colour:
    """Grass, straw or snow, by season."""
    return pick(rng, _GROUNDS[season])
