"""Scenes close by: blossoms, a bird on its perch, a dog, a portrait, a group, things on a table."""

from dataclasses import replace

import numpy as np

from core.demo import backdrops, creatures, figures, nature, population, skies, still
from core.demo.canvas import Brush, Canvas
from core.demo.light import Light, Rng, bright, dark, hue, light_at, pick
from core.demo.plans import Plan

_GREENS = "#6fa05a #8fb86a #4f8a5a #a8c47a #7fa88a"
_BLURS = (
    _GREENS,
    "#d9a86a #c98f5a #e8c48a #b57a5a",
    "#8fa8c9 #b0c4dc #7a94b8 #c9d3e2",
    "#c9a0b0 #e0c0c8 #a88aa8 #d8b8a0",
    "#5f6f5a #7a8a6a #4a5a50 #98a07a",
)


def blossoms(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """One to five flowers, close."""
    light = light_at(plan.time, rng)
    backdrops.blur(
        canvas, light, rng, _BLURS[0] if rng.random() < 0.6 else _BLURS[int(rng.integers(len(_BLURS)))]
    )
    kind, colour = (
        str(rng.choice(["daisy", "tulip", "poppy", "cosmos", "sunflower"])),
        pick(rng, nature.PETALS),
    )
    if kind == "sunflower":
        colour = hue("#f2b92f")
    for _ in range(int(rng.integers(1, 5))):
        size = float(rng.uniform(0.16, 0.5))
        nature.stalk(
            Brush(canvas, light, float(rng.uniform(0.1, 0.9)), 1.05, size),
            rng,
            float(rng.uniform(0.4, 0.8)) / size,
            kind,
            colour,
        )
    if rng.random() < 0.2:
        creatures.butterfly(
            Brush(canvas, light, float(rng.uniform(0.2, 0.8)), float(rng.uniform(0.15, 0.4)), 0.16), rng
        )


def perch(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """A songbird or two on a branch."""
    light = light_at(plan.time, rng)
    backdrops.blur(canvas, light, rng, _BLURS[int(rng.integers(len(_BLURS)))])
    y, slope = float(rng.uniform(0.66, 0.9)), float(rng.uniform(-0.08, 0.08))
    canvas.line(
        [(-0.05, y - slope), (1.05, y + slope)], float(rng.uniform(0.02, 0.04)), light.on(hue("#6b4f3c"))
    )
    canvas.line([(-0.05, y - slope - 0.008), (1.05, y + slope - 0.008)], 0.008, light.on(hue("#9a7a5c")))
    for x in rng.uniform(0.2, 0.8, population.few(rng, 2)):
        creatures.perched(
            Brush(
                canvas,
                light,
                float(x),
                y - slope + 2 * slope * float(x) - 0.01,
                float(rng.uniform(0.22, 0.6)),
                facing=population.facing(rng),
            ),
            rng,
        )


def pet(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """A dog, its face or the whole of it, at home or outside."""
    light = light_at(plan.time, rng)
    if rng.random() < 0.5:
        backdrops.blur(canvas, light, rng, _BLURS[int(rng.integers(len(_BLURS)))])
    else:
        light = backdrops.room(canvas, rng)
    size = float(rng.uniform(0.34, 0.56))
    if rng.random() < 0.6:
        creatures.dog_face(
            Brush(
                canvas,
                light,
                float(rng.uniform(0.3, 0.7)),
                0.94 - size * 0.45,
                size,
                facing=population.facing(rng),
            ),
            rng,
        )
    else:
        low = float(rng.uniform(0.8, 0.9))
        canvas.ramp(
            [(0, low - 0.12), (1, low - 0.12), (1, 1.01), (0, 1.01)],
            light.on(hue("#a8885f")),
            light.on(hue("#7a5c40")),
        )
        creatures.dog(
            Brush(canvas, light, float(rng.uniform(0.35, 0.65)), low, size, facing=population.facing(rng)),
            rng,
        )


def _behind_people(canvas: Canvas, plan: Plan, rng: Rng) -> Light:
    light = light_at(plan.time, rng)
    lamplit = replace(light, tint=(0.72, 0.66, 0.66)) if light.night else light
    if plan.time in ("sunset", "night") or "tree" in plan.labels or rng.random() < 0.3:
        horizon = float(rng.uniform(0.5, 0.7))
        skies.sky(canvas, light, rng, horizon)
        if plan.scene == "group" and rng.random() < 0.5:
            backdrops.skyline(canvas, light, rng, horizon + 0.06, far=True)
        ground = backdrops.hills(canvas, light, rng, plan.season, horizon)
        if "tree" in plan.labels:
            for x in (0.06, 0.94):
                nature.broadleaf(
                    Brush(canvas, light, x, ground.top, float(rng.uniform(0.5, 0.7)), distance=0.25),
                    rng,
                    plan.season,
                )
        return lamplit
    if rng.random() < 0.45:
        return backdrops.room(canvas, rng)
    backdrops.blur(canvas, light, rng, _BLURS[int(rng.integers(len(_BLURS)))])
    return light


def portrait(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """One person, head and shoulders."""
    light = _behind_people(canvas, plan, rng)
    size, x = float(rng.uniform(0.3, 0.56)), float(rng.uniform(0.32, 0.68))
    figures.bust(
        Brush(
            canvas,
            light,
            x,
            0.5 + size * 0.5 + float(rng.uniform(-0.04, 0.1)),
            size,
            facing=population.facing(rng),
            lean=float(rng.normal(0, 0.06)),
        ),
        rng,
    )
    if "flower" in plan.labels:
        kind, colour = str(rng.choice(["daisy", "poppy", "cosmos"])), pick(rng, nature.PETALS)
        for u in np.linspace(0.05, 0.95, 5):
            nature.stalk(
                Brush(canvas, light, float(u), 1.05, float(rng.uniform(0.14, 0.22))),
                rng,
                float(rng.uniform(0.8, 1.6)),
                kind,
                colour,
            )


def group(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """People to the knees, side by side."""
    light = _behind_people(canvas, plan, rng)
    count = int(rng.integers(2, 5))
    for i in rng.permutation(count):
        x = (i + 0.5) / count + float(rng.normal(0, 0.03))
        figures.figure(
            Brush(
                canvas,
                light,
                x,
                float(rng.uniform(1.15, 1.4)),
                float(rng.uniform(0.85, 1.1)),
                facing=population.facing(rng),
            ),
            rng,
        )


def table(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """A still life without any label: cups, fruit, books, a candle."""
    light, low = backdrops.room(canvas, rng), float(rng.uniform(0.6, 0.75))
    wood = light.on(pick(rng, "#a8744a #8a5a3a #c9a070 #e6ded0"))
    canvas.ramp([(0, low), (1, low), (1, 1.01), (0, 1.01)], bright(wood, 0.12), dark(wood, 0.25))
    places = rng.permutation(4)[: int(rng.integers(2, 5))]
    for i in places:
        brush = Brush(
            canvas,
            light,
            0.14 + 0.24 * float(i) + float(rng.normal(0, 0.02)),
            low + float(rng.uniform(0.06, 0.2)),
            float(rng.uniform(0.2, 0.34)),
        )
        still.THINGS[int(rng.integers(len(still.THINGS)))](brush, rng)
