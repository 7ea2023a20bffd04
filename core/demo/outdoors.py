"""Scenes under the sky: hills, mountains, deserts, rivers, the sea, roads, towns, a birch grove."""

from dataclasses import replace

import numpy as np

from core.demo import backdrops, creatures, nature, population, things
from core.demo.backdrops import Ground
from core.demo.canvas import Brush, Canvas
from core.demo.light import Light, Rng, dark, hue, light_at, mix, pick
from core.demo.plans import Plan


def land(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """Hills, mountains and deserts."""
    light, horizon = light_at(plan.time, rng), float(rng.uniform(0.36, 0.58))
    if "river" in plan.labels:
        horizon = float(rng.uniform(0.3, 0.42))
    population.sky(canvas, light, plan, rng, horizon)
    if plan.scene == "mountains":
        backdrops.mountains(canvas, light, rng, horizon + 0.03)
    if plan.scene == "desert":
        ground = backdrops.dunes(canvas, light, rng, horizon)
    else:
        ground = backdrops.hills(canvas, light, rng, plan.season, horizon)
    if "river" in plan.labels:
        backdrops.river(canvas, light, rng, ground)
        if "bird" in plan.labels:
            for _ in range(population.few(rng, 3)):
                creatures.swimming(
                    Brush(
                        canvas,
                        light,
                        float(rng.uniform(0.3, 0.7)),
                        float(rng.uniform(0.86, 0.96)),
                        float(rng.uniform(0.1, 0.2)),
                        facing=population.facing(rng),
                    ),
                    rng,
                )
    if "bird" not in plan.labels or "river" not in plan.labels:
        population.aloft(canvas, light, plan, rng, horizon)
    population.inhabit(
        canvas, light, plan, rng, ground, props=0.2 if plan.scene in ("desert", "frost") else 0.6
    )
    if "flower" in plan.labels:
        population.meadow(canvas, light, rng, ground)
    population.weather(canvas, light, plan, rng, horizon)


def sea(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """The sea, with boats and islands now and then, and a beach when someone walks there."""
    light, horizon = light_at(plan.time, rng), float(rng.uniform(0.36, 0.6))
    population.sky(canvas, light, plan, rng, horizon)
    if rng.random() < 0.4:
        x, tone = float(rng.uniform(0, 1)), light.on(hue("#6a7f7a"), 0.75)
        canvas.ramp(
            [(x - 0.3, horizon), (x - 0.1, horizon - 0.07), (x + 0.08, horizon - 0.04), (x + 0.3, horizon)],
            tone,
            mix(tone, light.horizon, 0.4),
        )
    backdrops.sea(canvas, light, rng, horizon)
    for _ in range(int(rng.integers(0, 3))):
        y = horizon + float(rng.uniform(0.01, 0.2))
        things.boat(
            Brush(
                canvas,
                light,
                float(rng.uniform(0.1, 0.9)),
                y,
                0.06 + 0.9 * (y - horizon),
                facing=population.facing(rng),
                distance=0.5,
            ),
            rng,
        )
    if rng.random() < 0.15:
        things.lighthouse(
            Brush(
                canvas,
                light,
                float(rng.uniform(0.1, 0.9)),
                horizon + 0.03,
                float(rng.uniform(0.2, 0.34)),
                distance=0.3,
            ),
            rng,
        )
    population.aloft(canvas, light, plan, rng, horizon)
    if plan.labels & {"people", "dog", "tree"} or rng.random() < 0.45:
        ground = backdrops.beach(canvas, light, rng, horizon)
        if "tree" in plan.labels:
            for _ in range(population.few(rng, 3)):
                nature.palm(
                    ground.brush(
                        canvas,
                        light,
                        float(rng.uniform(0.1, 0.9)),
                        float(rng.uniform(ground.top, 0.97)),
                        1.8,
                        population.facing(rng),
                    ),
                    rng,
                    plan.season,
                )
        walkers = replace(plan, season="summer", labels=plan.labels - {"tree"})
        population.inhabit(canvas, light, walkers, rng, ground, props=0.0)
    population.weather(canvas, light, replace(plan, season="summer"), rng, horizon)


def road(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """A road with or without cars, in the country or before a town."""
    light, horizon = light_at(plan.time, rng), float(rng.uniform(0.42, 0.56))
    population.sky(canvas, light, plan, rng, horizon)
    top = horizon + float(rng.uniform(0.12, 0.2))
    if rng.random() < 0.35:
        backdrops.skyline(canvas, light, rng, top + 0.02, far=True)
    backdrops.hills(canvas, light, rng, plan.season, top - 0.1)
    population.aloft(canvas, light, plan, rng, horizon)
    verge = replace(plan, labels=plan.labels & {"tree"})
    population.inhabit(
        canvas, light, verge, rng, Ground(top - 0.16, top - 0.03, 0.9), props=0.7, low=top + 0.01
    )
    low = top + float(rng.uniform(0.14, 0.22))
    ground = backdrops.road(canvas, light, rng, top, low)
    if rng.random() < 0.4:
        for x in np.arange(float(rng.uniform(0, 0.3)), 1, 0.34):
            things.lamp(Brush(canvas, light, float(x), top, 0.34), rng)
    if "car" in plan.labels:
        _cars(canvas, light, rng, ground, low)
    elif rng.random() < 0.35:
        what = (things.cart, things.bicycle)[int(rng.integers(2))]
        what(
            ground.brush(
                canvas, light, float(rng.uniform(0.15, 0.85)), (top + low) / 2, 0.8, population.facing(rng)
            ),
            rng,
        )
    walkers = replace(plan, labels=plan.labels & {"people", "dog"})
    population.inhabit(canvas, light, walkers, rng, Ground(ground.horizon, low, ground.scale), props=0.0)
    population.weather(canvas, light, plan, rng, horizon)


def _cars(canvas: Canvas, light: Light, rng: Rng, ground: Ground, low: float) -> None:
    """One to three cars on the two lanes, some half out of the picture."""
    for y in sorted(
        float(rng.choice([ground.top + 0.045, low - 0.03])) for _ in range(population.few(rng, 3))
    ):
        things.car(
            ground.brush(
                canvas,
                light,
                float(rng.uniform(0.0, 1.0)),
                y,
                float(rng.uniform(0.36, 0.52)),
                population.facing(rng),
            ),
            rng,
        )


def town(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """Two rows of buildings and the square before them."""
    light, base = light_at(plan.time, rng), float(rng.uniform(0.66, 0.8))
    population.sky(canvas, light, plan, rng, base)
    backdrops.skyline(canvas, light, rng, base - 0.04, far=True)
    population.aloft(canvas, light, plan, rng, base * 0.5)
    backdrops.skyline(canvas, light, rng, base, far=False)
    stone = light.on(pick(rng, "#c9beb0 #b0aca8 #a89a8a #d6ccc0"))
    canvas.ramp([(0, base), (1, base), (1, 1.01), (0, 1.01)], stone, dark(stone, 0.2))
    for i in range(5):
        canvas.line([(-0.2 + 0.35 * i, 1.01), (0.2 + 0.15 * i, base)], 0.004, dark(stone, 0.2), 0.6)
    ground = Ground(base - 0.22, base + 0.02, float(rng.uniform(0.6, 0.95)))
    if rng.random() < 0.5:
        for x in rng.uniform(0, 1, 2):
            things.lamp(ground.brush(canvas, light, float(x), base + 0.03, 2.0), rng)
    population.inhabit(canvas, light, plan, rng, ground, props=0.0)
    population.weather(canvas, light, plan, rng, base)


def grove(canvas: Canvas, plan: Plan, rng: Rng) -> None:
    """Birch trunks in front of soft woodland light."""
    light, horizon = light_at(plan.time, rng), float(rng.uniform(0.5, 0.64))
    canvas.fill([(0, light.middle), (horizon, light.horizon), (1, light.horizon)])
    canvas.glow(float(rng.uniform(0.2, 0.8)), horizon * 0.6, 0.6, light.sun, 0.5)
    ground = backdrops.hills(canvas, light, rng, plan.season, horizon)
    nature.birches(Brush(canvas, light, 0.0, 1.0, 1.0), rng, plan.season)
    population.inhabit(canvas, light, plan, rng, ground, props=0.0)
    if "bird" in plan.labels:
        population.aloft(canvas, light, plan, rng, horizon)
    population.weather(canvas, light, plan, rng, horizon)
