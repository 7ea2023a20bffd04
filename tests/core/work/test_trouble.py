"""From a scan to a decision: found, shown page by page, decided, settled."""

import uuid
from collections.abc import Collection
from pathlib import Path

import pytest
from PIL import Image

from core.actor import NOBODY, Actor
from core.errors import BadInput
from core.services import corrections, datasets, splitting, trouble
from core.services.corrections import Operation
from core.services.importing import ImportRequest
from core.services.trouble import Kind
from core.settings import Settings
from core.work import import_, scan
from db import jobs, placements, revisions
from db.records import Dataset, Place, Placement
from db.store import Store
from db.terms import JobKind, Part

ADA = Actor("Ada")


def silent(_share: float, _doing: str) -> None:
    """Nobody watches."""


@pytest.fixture
def dataset(store: Store, settings: Settings, tmp_path: Path) -> Dataset:
    """Ten noisy pictures; 8 is a copy of 0 with another label, 9 is nearly black."""
    folder = tmp_path / "source"
    folder.mkdir()
    for at in range(8):
        noise = Image.effect_noise((96, 96), 90).point(lambda value, at=at: (value + 13 * at) % 256)
        Image.merge("RGB", [noise, noise.rotate(90), noise.rotate(180)]).save(folder / f"{at}.png")
    (folder / "8.png").write_bytes((folder / "0.png").read_bytes())
    Image.new("RGB", (96, 96), (4, 4, 4)).save(folder / "9.png")
    parts = ["train"] * 6 + ["val"] * 4
    rows = [f"{at}.png,{'sea' if at in (0, 1, 6) else ''},{part}" for at, part in enumerate(parts)]
    (folder / "labels.csv").write_text("\n".join(["image,labels,split", *rows]))
    return import_.store_import(store, settings, NOBODY, ImportRequest(folder, "mine"), silent)


def scanned(store: Store, settings: Settings, dataset: Dataset) -> None:
    job = trouble.start(store, settings, NOBODY, dataset.id)
    assert trouble.start(store, settings, NOBODY, dataset.id).id == job.id  # not twice
    told = scan.run(store, settings, job, silent)
    assert told["images"] == 10


def counts(store: Store, settings: Settings, dataset: Dataset) -> dict[Kind, tuple[int, int]]:
    found = trouble.overview(store, settings, NOBODY, dataset.id)
    assert found is not None
    return {one.kind: (one.found, one.open) for one in found.kinds}


def test_before_a_scan_there_is_nothing_to_show(store: Store, settings: Settings, dataset: Dataset) -> None:
    assert trouble.overview(store, settings, NOBODY, dataset.id) is None
    assert trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK) == []


def test_an_import_asks_for_a_scan(
    store: Store, settings: Settings, dataset: Dataset, tmp_path: Path
) -> None:
    asked = ImportRequest(tmp_path / "source", "again")
    job = jobs.add(store, JobKind.IMPORT, actor="Ada", params=asked.to_params())
    made = import_.run(store, settings, job, silent)
    (waiting,) = jobs.listing(store, kinds=[JobKind.SCAN])
    assert waiting.dataset_id == made["dataset"]


def test_a_scan_finds_copies_conflicts_and_odd_images(
    store: Store, settings: Settings, dataset: Dataset
) -> None:
    scanned(store, settings, dataset)
    found = counts(store, settings, dataset)
    assert found[Kind.CONFLICTS] == (2, 2)
    assert found[Kind.COPIES] == (2, 1)
    assert found[Kind.DARK] == (1, 1)
    (dark,) = trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK)
    assert datasets.images(store, NOBODY, dataset.id, [dark.row])[0].key == "9.png"
    whole = trouble.overview(store, settings, NOBODY, dataset.id)
    assert whole is not None
    assert whole.few == (("sea", Part.VALIDATION, 1), ("sea", Part.TRAIN, 2))  # there is no test part
    # The Data page and the table of the parts say the same.
    assert datasets.overview(store, NOBODY, dataset.id).few == whole.few
    (train, validation) = splitting.table(store, settings, NOBODY, dataset.id).sentences[-2:]
    assert "images have: sea 2" in train and "images have: sea 1" in validation


def decide(store: Store, dataset: Dataset, kind: Kind, row: int, wanted: Place) -> None:
    (image,) = datasets.images(store, NOBODY, dataset.id, [row])
    moves = (Placement(row, image.place, wanted),)
    operation = Operation(uuid.uuid4().hex, "place", moves=moves, reason=trouble.reason(kind))
    (answer,) = corrections.operate(store, ADA, dataset.id, [operation])
    assert answer.status == "saved"


def test_what_is_left_out_is_settled_and_comes_back_with_undo(
    store: Store, settings: Settings, dataset: Dataset
) -> None:
    scanned(store, settings, dataset)
    (dark,) = trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK)
    decide(store, dataset, Kind.DARK, dark.row, Place(Part.VALIDATION, left_out=True))
    assert counts(store, settings, dataset)[Kind.DARK] == (1, 0)
    assert trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK) == []
    assert len(trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK, only_open=False)) == 1
    batch = revisions.history(store, dataset.id)[0]
    corrections.undo(store, ADA, batch.id, uuid.uuid4().hex)
    assert counts(store, settings, dataset)[Kind.DARK] == (1, 1)


def test_what_is_kept_is_settled_for_this_kind_alone(
    store: Store, settings: Settings, dataset: Dataset
) -> None:
    scanned(store, settings, dataset)
    (dark,) = trouble.page(store, settings, NOBODY, dataset.id, Kind.DARK)
    before = counts(store, settings, dataset)
    (image,) = datasets.images(store, NOBODY, dataset.id, [dark.row])
    decide(store, dataset, Kind.DARK, dark.row, image.place)
    after = counts(store, settings, dataset)
    assert after.pop(Kind.DARK) == (1, 0)
    before.pop(Kind.DARK)
    assert after == before


def test_how_much_there_is_of_every_kind_is_asked_for_at_once(
    store: Store, settings: Settings, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    scanned(store, settings, dataset)
    asked = []
    ask = placements.decided

    def decided(store: Store, dataset_id: int, reasons: Collection[str]) -> dict[str, set[int]]:
        asked.append(reasons)
        return ask(store, dataset_id, reasons)

    monkeypatch.setattr(placements, "decided", decided)
    assert counts(store, settings, dataset)[Kind.DARK] == (1, 1)
    assert len(asked) == 1


def test_pages_follow_one_another_without_a_gap(store: Store, settings: Settings, dataset: Dataset) -> None:
    scanned(store, settings, dataset)
    whole = trouble.page(store, settings, NOBODY, dataset.id, Kind.CONFLICTS)
    first = trouble.page(store, settings, NOBODY, dataset.id, Kind.CONFLICTS, limit=1)
    rest = trouble.page(store, settings, NOBODY, dataset.id, Kind.CONFLICTS, after=first[-1].order)
    assert [*first, *rest] == whole


def test_a_damaged_scan_is_refused_with_what_to_do(
    store: Store, settings: Settings, dataset: Dataset
) -> None:
    scanned(store, settings, dataset)
    (settings.datasets_dir / dataset.folder / "trouble.npz").write_bytes(b"torn")
    with pytest.raises(BadInput, match="scan the data set again"):
        trouble.overview(store, settings, NOBODY, dataset.id)
