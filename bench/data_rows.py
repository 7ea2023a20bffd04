"""The labels of a million images in SQLite: stored, read as arrays, searched and counted."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bench.data_figures import Figure, at_least, at_most, timed
from core import states
from core.actor import NOBODY
from core.services import searching
from core.settings import Settings
from core.work.lazy import Lazy
from db import corrections, datasets
from db.records import CellChange, CellValue, Image
from db.store import Store, migrate, open_store
from db.terms import LabelState, Part

# Shares of images that carry each label: about one label an image, the commonest 36 times the rarest.
SHARES = (0.18, 0.15, 0.12, 0.1, 0.08, 0.07, 0.06, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01, 0.005)
NAMES = (
    "people", "female", "portrait", "male", "clouds", "flower", "night", "tree", "dog", "bird", "car", "sea", "river",
    "baby",
)  # fmt: skip
_FILTERS = 300
_CORRECTIONS = 40


def figures(rows: int) -> list[Figure]:
    """Everything that the database has to do, on a data set of this many images."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load({"ERRATA_HOME": folder})
        store = open_store(settings.database_url)
        migrate(store)
        stored_s = timed(lambda: _store(store, rows))
        store.close()  # which brings the write-ahead log into the file
        size = Path(folder, "errata.sqlite").stat().st_size
        store = open_store(settings.database_url)
        matrix_s = timed(lambda: states.matrix(store, 1))
        found = [
            at_least(f"labels of {rows:,} images stored, images/s", rows / stored_s, 100_000, "/s"),
            at_most("database", size / 1e6, 250 * rows / 1e6, "MB", f"{size / rows:,.0f} bytes an image"),
            at_most("all labels to an array", matrix_s, 2, "s"),
            *_searched(store, settings, rows),
        ]
        store.close()
    return found


def _store(store: Store, rows: int) -> None:
    has = np.random.default_rng(2020).random((rows, len(SHARES))) < SHARES
    images, labels = (one.astype(np.int32) for one in np.nonzero(has))

    def made(start: int, stop: int) -> list[Image]:
        return [
            Image(0, row, f"images/im{row:06}.jpg", Part.VALIDATION if row % 5 == 4 else Part.TRAIN,
                  f"{row:064x}", 500, 300 + row % 200, 100_000 + row)
            for row in range(start, stop)
        ]  # fmt: skip

    def cells(start: int, stop: int) -> list[tuple[int, int, LabelState, bool]]:
        pairs = zip(images[start:stop].tolist(), labels[start:stop].tolist(), strict=True)
        return [(row, label, LabelState.PRESENT, False) for row, label in pairs]

    datasets.create(
        store, name="rows", folder="rows", source="a bench", root="/nowhere", format="csv",
        default_state=LabelState.ABSENT, labels=[(name, "") for name in NAMES], images=Lazy(rows, made),
        cells=Lazy(len(images), cells), author="bench", client_id="bench",
    )  # fmt: skip


def _expression(chance: random.Random) -> str:
    """A filter as people make them: a label, a state, a part, two to four of those together, a name, a size."""

    def term() -> str:
        name = chance.choice(NAMES)
        kinds = (name, name, f"!{name}", f"absent:{name}", "part:val", "part:train", "unverified",
                 f"labels>={chance.randint(1, 3)}", f"verified:{name}")  # fmt: skip
        return chance.choice(kinds)

    terms = [term() for _ in range(chance.choice((1, 1, 2, 2, 3, 4)))]
    return chance.choice((" & ", " & ", " | ")).join(terms)


def _name(chance: random.Random, rows: int) -> str:
    """A whole name, its last digits, a few of its digits, or with stars; half of them beside a label."""
    name = f"im{chance.randrange(rows):06}"
    piece = chance.choice(
        (name, name, name[-4:], name[2:5], name[-2:], f"{name[:5]}*.jpg", f"*{name[-3:]}.jpg")
    )
    return f"name:{piece}" + chance.choice(("", f" & {chance.choice(NAMES)}"))


def _searched(store: Store, settings: Settings, rows: int) -> list[Figure]:
    chance = random.Random(2020)
    texts = [_expression(chance) for _ in range(_FILTERS)]
    names = [_name(chance, rows) for _ in range(90)]
    sizes = [f"size<{chance.randint(301, 499)}" for _ in range(30)]

    def page(text: str, after: int | None = None) -> float:
        def ask() -> None:
            searching.page(store, settings, NOBODY, 1, text, after_row=after, limit=60)

        return timed(ask)

    first_s = page("")
    pages = [page(text, after) for text in texts for after in (None, chance.randrange(rows))]
    first_name_s = page(names.pop())  # the first of a kind reads all names, all sizes
    page(sizes.pop())
    counts = [
        timed(lambda text=text: searching.counts(store, settings, NOBODY, 1, text)) for text in ["", *texts]
    ]
    return [
        at_most("a filtered page of 60, p95", _p95_ms(pages), 5, "ms", f"{len(pages)} pages"),
        at_most("the same by file name, p95", _p95_ms([page(text) for text in names]), 5, "ms",
                f"{len(names)} names and pieces of names, half beside a label"),
        at_most("the same by size, p95", _p95_ms([page(text) for text in sizes]), 5, "ms"),
        at_most("the page after a correction, p95", _p95_ms(_corrected(store, page)), 5, "ms"),
        at_most("counts of the filter bar, p95", _p95_ms(counts), 50, "ms", "by label, state and part, of 300 filters"),
        Figure("the first page of a new server", f"{1000 * first_s:,.0f} ms", "reads all labels into memory"),
        Figure("the first page by file name", f"{1000 * first_name_s:,.0f} ms", "reads all names into memory"),
    ]  # fmt: skip


def _corrected(store: Store, page: Callable[[str], float]) -> list[float]:
    label = datasets.labels(store, 1)[0].id
    seconds = []
    for row in range(0, 7 * _CORRECTIONS, 7):
        verified = CellValue(LabelState.PRESENT, verified=True)
        present = page_value(store, row, label)
        change = CellChange(row, label, present, verified)
        corrections.apply(store, 1, [change], author="bench", client_id=str(row))
        seconds.append(page("people & !female"))
    return seconds


def page_value(store: Store, row: int, label_id: int) -> CellValue:
    """What a cell is now."""
    from db import revisions

    return revisions.values(store, 1, [(row, label_id)])[0].value


def _p95_ms(seconds: list[float]) -> float:
    return float(1000 * np.percentile(seconds, 95))
