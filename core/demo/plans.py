"""What each picture is to show, decided before it is drawn; labels are true because the painter obeys."""

from dataclasses import dataclass

from core.demo.light import Rng

LABELS = ("bird", "car", "clouds", "dog", "flower", "night", "people", "portrait", "river", "sea", "tree")


@dataclass(frozen=True)
class Plan:
    """One picture: where, when, what; `frosted` and `sunset` tell the planted appearances."""

    number: int
    split: str  # train or val
    scene: str
    season: str
    time: str
    labels: frozenset[str]  # true, before any flip

    @property
    def key(self) -> str:
        """The image's path inside the set."""
        return f"images/im{self.number}.jpg"

    @property
    def frosted(self) -> bool:
        """Whether its trees are the rare kind."""
        return self.scene == "frost"

    @property
    def sunset(self) -> bool:
        """Whether the planted background is there."""
        return self.time == "sunset"


@dataclass(frozen=True)
class Scene:
    """A kind of place: how often, what is always there, what may be (share 0..1)."""

    share: float
    always: frozenset[str]
    maybe: dict[str, float]
    night: float
    sky: bool  # whether a sunset can be seen


def _scene(share: float, always: str, night: float, *, sky: bool = True, **maybe: float) -> Scene:
    return Scene(share, frozenset(always.split()), maybe, night, sky)


# Shares that make the labels about as unequal as in MIRFLICKR: people first, river and sea last.
SCENES: dict[str, Scene] = {
    "hills": _scene(0.18, "", 0.10, tree=0.38, clouds=0.28, people=0.22, dog=0.07, bird=0.09, flower=0.09),
    "mountains": _scene(0.065, "", 0.08, clouds=0.26, people=0.10, tree=0.18, bird=0.07),
    "desert": _scene(0.055, "", 0.07, clouds=0.18, people=0.18, bird=0.06, dog=0.03),
    "sea": _scene(0.065, "sea", 0.12, clouds=0.42, people=0.25, bird=0.22, dog=0.06, tree=0.10),
    "river": _scene(0.055, "river", 0.08, tree=0.45, clouds=0.30, people=0.12, bird=0.16),
    "road": _scene(0.07, "", 0.14, tree=0.28, clouds=0.26, people=0.22, dog=0.06),
    "traffic": _scene(0.10, "car", 0.0, tree=0.22, clouds=0.26, people=0.20, dog=0.04),
    "town": _scene(0.10, "", 0.30, people=0.40, clouds=0.26, tree=0.16, bird=0.05, dog=0.05),
    "blossoms": _scene(0.055, "flower", 0.0, sky=False),
    "perch": _scene(0.03, "bird", 0.0, sky=False),
    "pet": _scene(0.042, "dog", 0.0, sky=False),
    "portrait": _scene(0.13, "portrait people", 0.06, flower=0.05, tree=0.06),
    "group": _scene(0.04, "people", 0.10),
    "table": _scene(0.085, "", 0.0, sky=False),
    "grove": _scene(0.012, "tree", 0.0, sky=False, people=0.25, dog=0.10, bird=0.05),
    "frost": _scene(0.0, "tree", 0.0, sky=False, people=0.15),  # only where it is planted
}


def place(rng: Rng) -> str:
    """A kind of scene, by share."""
    names = list(SCENES)
    shares = [SCENES[name].share for name in names]
    return str(rng.choice(names, p=[share / sum(shares) for share in shares]))


def compose(number: int, split: str, name: str, rng: Rng) -> Plan:
    """A picture of that scene by day or night, never yet at sunset."""
    scene = SCENES[name]
    labels = set(scene.always) | {label for label, share in scene.maybe.items() if rng.random() < share}
    time = (
        "night"
        if rng.random() < scene.night
        else str(rng.choice(["noon", "noon", "noon", "morning", "morning", "mist"]))
    )
    if time == "night":
        labels.add("night")
    season = str(rng.choice(["spring", "summer", "summer", "autumn", "winter", "dry"]))
    if "flower" in labels and season == "winter":
        season = "spring"
    if name == "frost":
        season, time = "winter", "noon"  # pale trees would drown in mist or a pale sky
    return Plan(number, split, name, season, time, frozenset(labels))
