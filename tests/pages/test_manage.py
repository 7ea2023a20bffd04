"""The menu of a run: another name, its model to keep, and deleting it after a question."""

import io
import zipfile

from db import runs
from db.terms import JobState
from pages.ui.header import Context
from pages.ui.training.manage import packed
from tests.conftest import Home
from tests.pages.sets import add_run, add_set
from tests.pages.test_train import buttons, press, said, train_page


def test_a_run_is_renamed(home: Home) -> None:
    run = add_run(home, add_set(home, "small"))
    seen = train_page()
    seen.text_input(key=f"errata:train:rename:{run}").set_value("my best").run()
    press(seen, "Rename it")
    assert runs.get(home.store, run).name == "my best"


def test_a_run_is_deleted_after_a_question_that_says_what_goes(home: Home) -> None:
    dataset = add_set(home, "small")
    older, run = add_run(home, dataset), add_run(home, dataset)
    folder = home.settings.runs_dir / runs.get(home.store, run).folder
    folder.mkdir(parents=True)
    (folder / "scores.npy").write_bytes(bytes(2_000_000))
    seen = press(train_page(run=run), "Delete this run …")
    assert "This frees 2.0 MB and cannot be undone" in said(seen)
    press(seen, "Cancel")
    assert len(runs.listing(home.store)) == 2
    press(press(seen, "Delete this run …"), "Delete it and free 2.0 MB")
    assert [kept.id for kept in runs.listing(home.store)] == [older]
    assert not folder.exists()


def test_a_run_that_trains_is_not_deleted(home: Home) -> None:
    add_run(home, add_set(home, "small"), JobState.RUNNING)
    seen = press(train_page(), "Delete this run …")
    press(seen, "Delete it and free 0 B")
    assert "stop it first" in said(seen)
    assert runs.listing(home.store)


def test_the_model_is_a_zip_of_its_two_files(home: Home) -> None:
    dataset = add_set(home, "small")
    run = runs.get(home.store, add_run(home, dataset))
    assert not any("Download" in name for name in buttons(train_page()))
    folder = home.settings.runs_dir / run.folder
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "model.json").write_text("{}")
    assert "Download the model, 9 B" in [one.proto.label for one in train_page().get("download_button")]
    context = Context(home.store, home.settings, None, None, run, "")  # type: ignore[arg-type]
    with zipfile.ZipFile(io.BytesIO(packed(context, run))) as file:
        assert sorted(file.namelist()) == ["model.json", "model.safetensors"]
        assert file.read("model.safetensors") == b"weights"
