"""Pictures of a data set that grows: what an import adds is shown, what a killed one left is not."""

from starlette.testclient import TestClient

from core.data.thumbnails import ThumbnailWriter
from core.settings import Settings
from db import additions, datasets
from db.additions import Addition
from db.records import Image
from db.store import Store
from db.terms import LabelState, Part
from tests.pages.http.conftest import IMAGES, jpeg


def test_what_another_import_adds_is_shown_once_it_is_stored(
    client: TestClient, store: Store, settings: Settings
) -> None:
    assert client.get("/errata/thumbnail/1/d1/0").content == jpeg(0)
    with ThumbnailWriter(settings.datasets_dir / "d1", rows=IMAGES) as pack:
        pack.append([jpeg(250)])
    assert client.get(f"/errata/thumbnail/1/d1/{IMAGES}").status_code == 404
    assert client.get(f"/errata/thumbnails/1/d1?rows={IMAGES}").status_code == 404
    new = Image(0, IMAGES, "new.jpg", Part.TRAIN, "f" * 64, 8, 8, 100)
    held = datasets.get(store, 1)
    one = Addition(held.revision, IMAGES, [new], [], LabelState.UNKNOWN, [], [])
    additions.apply(store, 1, one, author="Ada", client_id="again", reason="")
    assert client.get(f"/errata/thumbnail/1/d1/{IMAGES}").content == jpeg(250)
    assert client.get(f"/errata/thumbnails/1/d1?rows={IMAGES}").content.endswith(jpeg(250))
    assert client.get("/errata/thumbnail/1/d1/0").content == jpeg(0)
