"""From a plan to a picture: every label of the plan is drawn, and nothing that carries a label besides."""

from PIL import Image

from core.demo import closeups, outdoors
from core.demo.camera import develop
from core.demo.canvas import Canvas
from core.demo.light import Rng
from core.demo.plans import Plan

_PAINTERS = {
    "hills": outdoors.land,
    "mountains": outdoors.land,
    "desert": outdoors.land,
    "river": outdoors.land,
    "sea": outdoors.sea,
    "road": outdoors.road,
    "traffic": outdoors.road,
    "town": outdoors.town,
    "blossoms": closeups.blossoms,
    "perch": closeups.perch,
    "pet": closeups.pet,
    "portrait": closeups.portrait,
    "group": closeups.group,
    "table": closeups.table,
    "grove": outdoors.grove,
    "frost": outdoors.land,
}


def paint(plan: Plan, side_px: int, rng: Rng) -> Image.Image:
    """The finished picture, side_px on a side, RGB."""
    canvas = Canvas(side_px)
    _PAINTERS[plan.scene](canvas, plan, rng)
    return develop(canvas, rng)
