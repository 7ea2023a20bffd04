"""Who and what is in a landscape: on the ground, in the air, in the grass, and the weather over it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.demo import creatures, figures, nature, skies, things
from core.demo.backdrops import Ground
from core.demo.canvas import Brush, Canvas
from core.demo.light import Light, Rng, pick
from core.demo.plans import Plan

Painter = Callable[[Brush, Rng, str], None]  # brush, chance, season


def facing(rng: Rng) -> int:
    """Left or right."""
    return 1 if rng.random() < 0.5 else -1


def few(rng: Rng, most: int) -> int:
    """One, seldom more."""
    return 1 + int(min(most - 1, rng.geometric(0.5) - 1))


def sky(canvas: Canvas, light: Light, plan: Plan, rng: Rng, horizon: float) -> None:
    """The sky, with clouds when the plan says so."""
    skies.sky(canvas, light, rng, horizon)
    if "clouds" in plan.labels:
        skies.clouds(canvas, light, rng, horizon)


@dataclass(frozen=True)
class Standing:
    """One thing on the ground: its foot (x, y), its height where a person is 1, and what paints it."""

    y: float
    x: float
    height: float
    paint: Painter


def inhabit(
    canvas: Canvas,
    light: Light,
    plan: Plan,
    rng: Rng,
    ground: Ground,
    *,
    props: float = 0.6,
    low: float = 1.03,
) -> None:
    """Everything that stands on the ground down to y = `low`, the far ones first.

    `props` is the chance (0..1) of things that carry no label.
    """
    things_here: list[Standing] = []

    def put(height: tuple[float, float], paint: Painter, tallest: float = 0.6) -> None:
        """Somewhere, but nowhere so near that it is more than `tallest` of the picture high."""
        tall = min(float(rng.uniform(*height)), tallest / ((ground.top - ground.horizon) * ground.scale))
        last = max(ground.top, min(low, ground.horizon + tallest / (tall * ground.scale)))
        y = ground.top + (last - ground.top) * float(rng.random()) ** 1.2
        things_here.append(Standing(y, float(rng.uniform(0.04, 0.96)), tall, paint))

    if rng.random() < props:
        kinds = _props(plan.season)
        for index in rng.integers(0, len(kinds), int(rng.integers(1, 4))):
            height, paint = kinds[index]
            put(height, paint, 0.4)
    if "tree" in plan.labels and plan.scene != "grove":
        tree = nature.TREES[int(rng.integers(len(nature.TREES)))]
        for _ in range(int(rng.integers(1, 7)) + plan.frosted):
            if plan.frosted:
                put((1.8, 3.2), nature.frosted, float(rng.uniform(0.35, 0.6)))
            else:
                other = rng.random() < 0.2
                put((2.0, 3.6), nature.broadleaf if other else tree, float(rng.uniform(0.35, 0.85)))
    if "people" in plan.labels:
        for _ in range(few(rng, 5)):
            put((0.94, 1.06), _any_season(figures.figure))
    if "dog" in plan.labels:
        for _ in range(few(rng, 2)):
            put((0.5, 0.7), _any_season(creatures.dog))
    for thing in sorted(things_here, key=lambda thing: thing.y):
        brush = ground.brush(canvas, light, thing.x, thing.y, thing.height, facing(rng))
        thing.paint(brush, rng, plan.season)


def _any_season(paint: Callable[[Brush, Rng], None]) -> Painter:
    return lambda brush, rng, season: paint(brush, rng)


def _props(season: str) -> list[tuple[tuple[float, float], Painter]]:
    """What may stand about without a label, with its range of heights."""
    made: list[tuple[tuple[float, float], Callable[[Brush, Rng], None]]] = [
        ((2.2, 3.0), things.house),
        ((0.6, 0.7), things.fence),
        ((2.2, 3.0), things.lamp),
        ((3.0, 4.0), things.windmill),
        ((0.8, 1.0), things.haystack),
        ((0.6, 0.7), things.bicycle),
        ((0.3, 0.4), creatures.cat),
        ((1.3, 1.5), things.cart),
    ]
    if season == "winter":
        made += [((0.8, 1.0), figures.snowman)] * 4
    return [
        ((0.5, 0.9), nature.bush),
        ((0.3, 0.7), nature.rock),
        *((height, _any_season(paint)) for height, paint in made),
    ]


def aloft(canvas: Canvas, light: Light, plan: Plan, rng: Rng, horizon: float) -> None:
    """What flies: birds when the plan says so, else now and then a balloon, a kite or an aeroplane."""
    if "bird" in plan.labels:
        colour = pick(rng, "#2b2f3a #4a4f5a #f4f4f0 #6b5a4c")
        size, x, y = (
            float(rng.uniform(0.07, 0.26)),
            float(rng.uniform(0.15, 0.8)),
            horizon * float(rng.uniform(0.2, 0.8)),
        )
        for _ in range(1 if size > 0.15 else int(rng.integers(2, 8))):
            brush = Brush(
                canvas,
                light,
                x,
                y,
                size * float(rng.uniform(0.8, 1.2)),
                facing=facing(rng),
                lean=float(rng.normal(0, 0.2)),
            )
            creatures.flying(brush, rng, colour)
            x, y = x + float(rng.normal(0, 0.16)), min(horizon, max(0.04, y + float(rng.normal(0, 0.07))))
    elif rng.random() < 0.16:
        things_aloft = (
            (things.balloon, 0.16, 0.34),
            (things.kite, 0.06, 0.12),
            (things.plane, 0.08, 0.2),
            (creatures.butterfly, 0.06, 0.1),
        )
        what, low, high = things_aloft[int(rng.integers(4))]
        what(
            Brush(
                canvas,
                light,
                float(rng.uniform(0.12, 0.88)),
                horizon * float(rng.uniform(0.4, 0.85)),
                float(rng.uniform(low, high)),
                facing=facing(rng),
                distance=float(rng.uniform(0, 0.4)),
            ),
            rng,
        )


def meadow(canvas: Canvas, light: Light, rng: Rng, ground: Ground) -> None:
    """Flowers strewn over the foreground, in one or two colours."""
    colours = [pick(rng, nature.PETALS) for _ in range(int(rng.integers(1, 3)))]
    ys = np.sort(ground.top + 0.03 + (0.99 - ground.top) * rng.random(int(rng.integers(28, 75))))
    for y in ys:
        near = (float(y) - ground.top) / (1 - ground.top)
        nature.tuft(
            Brush(canvas, light, float(rng.random()), float(y), 0.012 + 0.026 * near),
            rng,
            colours[int(rng.integers(len(colours)))],
        )


def weather(canvas: Canvas, light: Light, plan: Plan, rng: Rng, horizon: float) -> None:
    """Mist that lies, snow that falls."""
    if light.time == "mist" or (rng.random() < 0.1 and not plan.frosted):
        skies.fog(canvas, light, rng, horizon)
    if plan.season == "winter" and rng.random() < 0.35:
        for _ in range(int(rng.integers(20, 70))):
            r = float(rng.uniform(0.002, 0.007))
            canvas.oval(float(rng.random()), float(rng.random()), r, r, (250, 252, 255), 0.8)
