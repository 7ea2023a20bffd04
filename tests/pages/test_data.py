"""The data page: what a source would bring, importing it, and what is in a data set."""

import itertools
import re
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.actor import NOBODY, Actor
from core.data import importers
from core.data.importers import IMPORTERS
from core.services import datasets as service
from core.services import importing
from core.work import export, import_, preview
from db import corrections, datasets, jobs
from db.records import CellChange, CellValue, Job
from db.terms import JobKind, JobState, LabelState, Part
from pages.ui.dataset import renaming, splitting
from pages.ui.dataset.layouts import LAYOUTS
from tests.conftest import Home
from tests.pages.sets import add_run, add_set
from tests.pages.test_train import APP, buttons, press, said


def data_page(**address: object) -> AppTest:
    seen = AppTest.from_file(APP, default_timeout=30).run()
    seen.switch_page("pages/data.py")
    for name, value in address.items():
        seen.query_params[name] = str(value)
    seen.run()
    assert not seen.exception
    return seen


def shown(seen: AppTest) -> str:
    """All that is drawn as HTML."""
    return "".join(element.proto.body for element in seen.get("html"))


def figures(seen: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in seen.metric}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Twenty pictures with two labels, the split given, and one file that is no picture."""
    folder = tmp_path / "garden"
    folder.mkdir()
    chance = np.random.default_rng(0)
    lines = ["image,labels,split"]
    for i in range(20):
        Image.fromarray(chance.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(folder / f"{i}.png")
        lines.append(f"{i}.png,{'<b>rose</b>' if i % 2 else 'oak'},{'val' if i >= 15 else 'train'}")
    (folder / "torn.jpg").write_bytes(b"")
    lines.append("torn.jpg,oak,train")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def work(home: Home, kind: JobKind) -> Job:
    """What the worker would do: the queued job of that kind, to its end."""
    job = next(job for job in jobs.listing(home.store, kinds=[kind]) if not job.state.ended)
    runner = {JobKind.PREVIEW: preview.run, JobKind.IMPORT: import_.run, JobKind.EXPORT: export.run}[kind]
    found = runner(home.store, home.settings, job, lambda share, doing: None)
    jobs.end(home.store, job.id, JobState.FINISHED, result=found)
    return jobs.get(home.store, job.id)


def previewed(home: Home, source: Path) -> AppTest:
    """The page with a finished preview of the source."""
    seen = data_page(view="import")
    seen.text_input(key="errata:data:path").set_value(str(source)).run()
    press(seen, "Look at it")
    work(home, JobKind.PREVIEW)
    return seen.run()


def test_without_a_data_set_the_page_imports(home: Home) -> None:
    seen = data_page()
    assert "Give the path of a folder or file, or a URL, first." in said(press(seen, "Look at it"))
    assert "Import images and their labels" in [head.value for head in seen.subheader]


def test_every_format_that_is_offered_is_described(home: Home) -> None:
    seen = data_page(view="import")
    offered = seen.selectbox(key="errata:data:format").options
    assert [word.split(":")[0] for word in offered] == ["auto", *IMPORTERS]
    told = "".join(element.value for element in seen.markdown)
    assert all(f"**{name}**: " in told for name in IMPORTERS)


def lay_out(root: Path, example: str) -> None:
    """Make what an example shows: pictures of their own colours, and files with the lines below their names."""
    lines = example.splitlines()[1:]
    for at, line in enumerate(lines):
        if line.startswith("    "):
            continue
        if line.endswith(":"):
            path = root / line.strip(" :")
            path.parent.mkdir(parents=True, exist_ok=True)
            inside = itertools.takewhile(lambda below: below.startswith("    "), lines[at + 1 :])
            path.write_text("".join(f"{below.strip()}\n" for below in inside))
            continue
        words = line.split()
        folder = root / words.pop(0) if words[0].endswith("/") else root
        folder.mkdir(exist_ok=True)
        for name in words:
            number = int("".join(char for char in name if char.isdigit()))
            Image.new("RGB", (8, 8), (50 * number, 0, 0)).save(folder / name)


@pytest.mark.parametrize("format", sorted(IMPORTERS))
def test_the_example_of_a_layout_can_be_read(tmp_path: Path, format: str) -> None:
    lay_out(tmp_path, LAYOUTS[format][1])
    parsed = importers.parse(tmp_path, "auto")
    assert (parsed.format, parsed.problems) == (format, ())
    found = sorted(
        sorted(name for name, state in cells.items() if state is LabelState.PRESENT)
        for cells in parsed.by_key().values()
    )
    expected = [] if format == "images" else [["sea"], ["sea", "tree"]]
    assert [labels for labels in found if labels][:2] == expected


def test_a_source_that_is_not_there_is_named(home: Home) -> None:
    seen = data_page()
    seen.text_input(key="errata:data:path").set_value("/nowhere/at all").run()
    press(seen, "Look at it")
    assert "There is no folder or file /nowhere/at all" in said(seen)
    assert jobs.listing(home.store) == []


def failed(home: Home, message: str) -> None:
    """What the worker would say of the queued look."""
    job = next(job for job in jobs.listing(home.store, kinds=[JobKind.PREVIEW]) if not job.state.ended)
    jobs.end(home.store, job.id, JobState.FAILED, message=message)


def test_a_source_with_nothing_in_it_stays_in_the_form(home: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    seen = data_page()
    seen.text_input(key="errata:data:path").set_value(str(tmp_path / "empty")).run()
    seen.selectbox(key="errata:data:format").set_value("csv").run()
    press(seen, "Look at it")
    assert not seen.text_input  # it is looked at: the form is not drawn meanwhile
    failed(home, f"{tmp_path / 'empty'} holds no images that could be found.")
    seen.run()
    assert "The source could not be looked at" in said(seen)
    assert seen.text_input(key="errata:data:path").value == str(tmp_path / "empty")
    assert seen.selectbox(key="errata:data:format").value == "csv"
    again = data_page(view="import", job=jobs.listing(home.store)[0].id)  # a reload forgets the session
    assert again.text_input(key="errata:data:path").value == str(tmp_path / "empty")


def test_an_upload_is_called_by_its_own_name(home: Home) -> None:
    home.settings.uploads_dir.mkdir(parents=True)
    with zipfile.ZipFile(home.settings.uploads_dir / "60ce2da0.zip", "w"):
        pass
    seen = data_page(view="import", upload="60ce2da0.zip", file="my photos.zip")
    press(seen, "Look at it")
    failed(home, "60ce2da0.zip holds no files.")
    assert "“my photos.zip” holds no files." in said(seen.run())
    assert "60ce2da0" not in said(seen)
    assert "Ready: my photos.zip" in said(seen)
    assert buttons(seen)["Look at it"] is True


def test_a_preview_shows_counts_and_names_what_cannot_be_read(home: Home, source: Path) -> None:
    seen = previewed(home, source)
    assert figures(seen) == {
        "Images": "20",
        "Labels": "2",
        "Without any label": "0",
        "Copies": "0",
        "Unreadable files": "1",
        "Other findings": "0",
    }
    assert "torn.jpg" in shown(seen)
    assert "The file is empty" in shown(seen)
    assert datasets.listing(home.store) == []


def test_an_import_lands_on_the_new_data_set(home: Home, source: Path) -> None:
    add_set(home, "older")
    seen = previewed(home, source)
    seen.text_input(key=f"errata:data:name:{jobs.listing(home.store)[0].id}").set_value("my garden").run()
    press(seen, "Import 20 images")
    made = work(home, JobKind.IMPORT).result["dataset"]
    seen.run()
    assert not seen.exception
    assert seen.query_params["dataset"] == str(made)
    assert "view" not in seen.query_params
    assert datasets.get(home.store, made).name == "my garden"
    assert figures(seen)["Images"] == "20"
    # The split that the source gave was kept; a label with markup is shown as it is written.
    assert service.overview(home.store, None, made).images[Part.VALIDATION] == 5  # type: ignore[arg-type]
    assert "&lt;b&gt;rose&lt;/b&gt;" in shown(seen)
    remarks = "2 remarks of the import: what it left out or took otherwise"
    assert remarks in [part.label for part in seen.expander]


def test_a_preview_warns_of_labels_with_too_few_images_and_names_copies(home: Home, source: Path) -> None:
    shutil.copy(source / "0.png", source / "again.png")
    with (source / "labels.csv").open("a") as file:
        file.write("again.png,oak baby,train\n")
    seen = previewed(home, source)
    # A quarter of the 21 images is validation: two or three of each label.
    assert "baby, <b>rose</b>, oak: too few images to learn or to judge" in said(seen)
    assert "2 images with a copy stay in training" in said(seen)
    assert "<td>0.png</td><td>again.png</td>" in shown(seen)


def test_a_data_set_warns_of_labels_that_cannot_be_judged(home: Home) -> None:
    add_set(home, "small")
    assert "sky, tree, sea: too few images to learn or to judge (fewer than 5 in one of the parts)" in said(
        data_page()
    )


def test_labels_with_enough_images_are_not_warned_of() -> None:
    few = splitting.expected_few([("sea", 24), ("sky", 25)], {Part.TRAIN: 0.8, Part.VALIDATION: 0.2})
    assert few == []
    assert splitting.expected_few([("sea", 22)], {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}) == ["sea"]


def test_a_part_that_is_smaller_than_asked_says_why() -> None:
    asked = {Part.TRAIN: 0.8, Part.VALIDATION: 0.2}
    told = splitting.told(asked, {Part.TRAIN: 322, Part.VALIDATION: 78, Part.TEST: 0})
    assert told.startswith(
        "20 % of 400 would be 80 validation; it has 78: copies of one file all stay in training"
    )
    assert splitting.told(asked, {Part.TRAIN: 320, Part.VALIDATION: 80}) == ""


def test_the_split_and_the_meaning_of_silence_can_be_chosen(home: Home, source: Path) -> None:
    seen = previewed(home, source)
    number = jobs.listing(home.store)[0].id
    seen.toggle(key=f"errata:data:given:{number}").set_value(False).run()
    seen.number_input(key=f"errata:data:val:{number}").set_value(30)
    seen.number_input(key=f"errata:data:test:{number}").set_value(20)
    seen.radio(key=f"errata:data:unlisted:{number}").set_value(LabelState.UNKNOWN).run()
    press(seen, "Import 20 images")
    request = importing.ImportRequest.from_params(jobs.listing(home.store)[0].params)
    assert request.shares == {Part.TRAIN: 0.5, Part.VALIDATION: 0.3, Part.TEST: 0.2}
    assert request.unlisted is LabelState.UNKNOWN


def test_a_split_that_leaves_nothing_to_train_on_is_not_imported(home: Home, source: Path) -> None:
    seen = previewed(home, source)
    number = jobs.listing(home.store)[0].id
    seen.toggle(key=f"errata:data:given:{number}").set_value(False).run()
    seen.number_input(key=f"errata:data:val:{number}").set_value(60)
    seen.number_input(key=f"errata:data:test:{number}").set_value(40).run()
    assert buttons(seen)["Import 20 images"] is False


def test_a_taken_name_is_refused_with_a_sentence(home: Home, source: Path) -> None:
    add_set(home, "garden")
    seen = previewed(home, source)
    press(seen, "Import 20 images")
    assert "already a data set named “garden”" in said(seen)


def test_an_import_that_works_is_found_again_and_can_be_stopped(home: Home, source: Path) -> None:
    previewed(home, source)
    request = importing.ImportRequest(source, "garden")
    job = jobs.add(home.store, JobKind.IMPORT, actor="Ada", params=request.to_params())
    seen = data_page()  # another visit, whose address names no job
    assert "Importing “garden”" in seen.get("progress")[0].proto.text
    press(seen, "Stop")
    assert jobs.get(home.store, job.id).state is JobState.STOPPED


def test_an_import_that_ended_elsewhere_is_offered_until_it_was_seen(home: Home, source: Path) -> None:
    older = add_set(home, "older")
    previewed(home, source)
    request = importing.ImportRequest(source, "garden")
    jobs.add(home.store, JobKind.IMPORT, actor="Ada", params=request.to_params())
    seen = data_page(dataset=older)
    made = work(home, JobKind.IMPORT).result["dataset"]
    seen.run()
    assert "“garden” is imported." in said(seen)
    press(seen, "Show it")
    assert seen.query_params["dataset"] == str(made)
    seen.query_params["dataset"] = str(older)
    assert "is imported" not in said(seen.run())


def test_an_import_that_failed_meanwhile_says_so_once(home: Home) -> None:
    request = importing.ImportRequest(Path("/gone"), "garden")
    job = jobs.add(home.store, JobKind.IMPORT, actor="Ada", params=request.to_params())
    jobs.end(home.store, job.id, JobState.FAILED, message="The disk is full.")
    seen = data_page()
    assert "The disk is full." in said(seen)
    assert "The disk is full." not in said(press(seen, "Dismiss"))


def test_an_upload_in_the_address_is_taken_up_again(home: Home) -> None:
    home.settings.uploads_dir.mkdir(parents=True)
    with zipfile.ZipFile(home.settings.uploads_dir / "abc.zip", "w") as archive:
        archive.writestr("1.txt", "1")
    seen = data_page(view="import", upload="abc.zip", file="my photos.zip")
    assert "Ready: my photos.zip" in said(seen)
    assert buttons(seen)["Look at it"] is True


def test_an_upload_that_is_no_longer_there_is_asked_for_again(home: Home) -> None:
    seen = data_page(view="import", upload="../../etc/passwd")
    assert "Drop an archive above first." in said(press(seen, "Look at it"))
    assert jobs.listing(home.store) == []


def test_a_data_set_shows_its_labels_by_part(home: Home) -> None:
    add_set(home, "small")
    seen = data_page()
    assert figures(seen) | {"Images": "10", "Labels": "3", "Without any label": "0"} == figures(seen)
    # Of ten images, row i carries label i % 3, six to train on.
    assert "<td>sea</td><td class=number>2</td><td class=number>2</td>" in shown(seen)


def test_a_data_set_is_renamed(home: Home) -> None:
    made = add_set(home, "small")
    seen = data_page()
    seen.text_input(key=f"errata:data:rename:{made}").set_value("smaller").run()
    press(seen, "Rename it")
    assert datasets.get(home.store, made).name == "smaller"


def test_deleting_asks_first_and_says_what_it_frees(home: Home) -> None:
    folder = home.settings.datasets_dir / datasets.get(home.store, add_set(home, "small")).folder
    (folder / "pixels.npy").write_bytes(bytes(2_000_000 - sum(f.stat().st_size for f in folder.iterdir())))
    add_run(home, datasets.listing(home.store)[0].id)
    seen = data_page()
    press(seen, "Delete")
    assert [found.name for found in datasets.listing(home.store)] == ["small"]
    assert "10 images, 1 run, 0 corrected or verified labels and the history" in said(seen)
    press(seen, "Cancel")
    assert [found.name for found in datasets.listing(home.store)] == ["small"]
    press(press(seen, "Delete"), "Delete it and free 2.0 MB")
    assert datasets.listing(home.store) == []
    assert list(home.settings.datasets_dir.iterdir()) == []


def test_a_data_set_that_a_job_works_on_is_not_deleted(home: Home) -> None:
    made = add_set(home, "small")
    add_run(home, made, JobState.QUEUED)
    seen = data_page()
    press(seen, "Delete")
    press(seen, next(name for name in buttons(seen) if name.startswith("Delete it and free ")))
    assert "works on this data set: stop it first" in said(seen)
    assert datasets.listing(home.store)


def test_an_export_is_made_in_the_background_and_says_what_is_lost(home: Home) -> None:
    add_set(home, "a/b: c")
    seen = press(data_page(), "Export")
    seen.selectbox(key="errata:data:export-format").set_value("changes").run()
    press(seen, "Make the file")
    work(home, JobKind.EXPORT)
    seen.run()
    assert "Nothing was corrected: the file has its header alone." in said(seen)
    (link,) = seen.get("link_button")
    assert link.proto.label.startswith("Download ")
    assert re.fullmatch(r"/errata/export/1/[0-9a-f]{32}", link.proto.url)


def test_a_search_that_cannot_be_read_is_said_before_anything_is_exported(home: Home) -> None:
    add_set(home, "small")
    seen = press(data_page(), "Export")
    seen.text_input(key="errata:data:export-search").set_value("sea &").run()
    assert "After “sea &” a label is missing." in said(seen)
    assert jobs.listing(home.store) == []


def test_the_test_part_is_scored_only_when_asked(home: Home) -> None:
    made = add_set(
        home,
        "small",
    )
    with home.store.write() as connection:
        connection.exec_driver_sql(f"update image set part = 'test' where dataset_id = {made} and row = 9")
    add_run(home, made)
    seen = data_page()
    assert "looked at never" in said(seen)
    assert jobs.listing(home.store, kinds=[JobKind.TEST_SCORE]) == []
    press(seen, "Score the test part with run 1")
    assert len(jobs.listing(home.store, kinds=[JobKind.TEST_SCORE])) == 1


def test_verified_cells_are_counted(home: Home) -> None:
    dataset = add_set(home, "small")
    label = datasets.labels(home.store, dataset)[0]
    kept = CellChange(0, label.id, CellValue(LabelState.PRESENT), CellValue(LabelState.PRESENT, True))
    corrections.apply(home.store, dataset, [kept], author="Ada", client_id="one")
    shown = {metric.label: metric.value for metric in data_page(dataset=dataset).metric}
    assert shown["Verified by a person"] == "1"


def test_labels_are_renamed_merged_and_left_out() -> None:
    labels = ["sea", "ocean", "junk", "sky"]
    found = renaming.chosen(labels, ["sea", " sea ", "junk", ""], [False, False, True, False])
    assert found == {"ocean": "sea", "junk": None}
    assert renaming.outlook(labels, found) == [
        "sea, ocean become one label: sea.",
        "Left out: junk.",
        "4 labels become 2.",
    ]
    assert renaming.outlook(labels, {}) == []


def test_everything_that_was_wrong_can_be_downloaded(home: Home, source: Path) -> None:
    (source / "also.png").write_bytes(b"notes")
    with (source / "labels.csv").open("a") as file:
        file.write("also.png,oak,train\n")
    seen = previewed(home, source)
    assert [one.proto.label for one in seen.get("download_button")] == ["Download all 2 as CSV"]
    path = importing.problems_of_preview(home.store, home.settings, NOBODY, jobs.listing(home.store)[0].id)
    assert path is not None
    assert "also.png" in path.read_text()
    path.unlink()
    seen.run()
    assert not seen.exception
    assert "The whole list is not there any more" in said(seen)


def test_labels_can_be_named_for_images_that_have_none(home: Home, source: Path) -> None:
    (source / "labels.csv").unlink()
    seen = previewed(home, source)
    assert "The source has no labels." in said(seen)
    number = jobs.listing(home.store)[0].id
    seen.text_input(key=f"errata:data:labels:{number}").set_value("sea, sky").run()
    press(seen, "Import 20 images")
    made = work(home, JobKind.IMPORT).result["dataset"]
    assert not seen.run().exception
    assert [label.name for label in datasets.labels(home.store, made)] == ["sea", "sky"]


def test_a_data_set_without_labels_can_be_looked_at_everywhere(home: Home, source: Path) -> None:
    (source / "labels.csv").unlink()
    press(previewed(home, source), "Import 20 images")
    made = work(home, JobKind.IMPORT).result["dataset"]
    seen = data_page(dataset=made)
    for page in (
        "overview",
        "data",
        "train",
        "errors",
        "annotate",
        "history",
        "labels",
        "compare",
        "predict",
    ):
        seen.switch_page(f"pages/{page}.py").run()
        assert not seen.exception, page


def test_what_to_know_before_training_is_one_line_that_can_be_closed(home: Home) -> None:
    add_set(home, "small")
    seen = data_page()
    (line,) = [one for one in seen.expander if one.label.startswith("Too few images of ")]
    assert [one.value for one in (*seen.warning, *seen.info, *seen.success)] == []
    assert "What is told of them is mostly chance" in line.markdown[0].value
    press(seen, "Close")
    assert not [one for one in data_page().expander if "few images of" in one.label]


def test_a_source_is_added_to_the_data_set_after_a_look(home: Home, source: Path) -> None:
    press(previewed(home, source), "Import 20 images")
    made = work(home, JobKind.IMPORT).result["dataset"]
    Image.new("RGB", (16, 16)).save(source / "20.png")
    with (source / "labels.csv").open("a") as file:
        file.write("20.png,oak,train\n")
    seen = data_page(dataset=made, view="import")
    seen.text_input(key="errata:data:path").set_value(str(source)).run()
    seen.get("button_group")[1].set_value([True]).run()
    press(seen, "Look at it")
    work(home, JobKind.PREVIEW)
    seen.run()
    assert figures(seen) | {"New images": "1", "The same": "20", "Labels changed": "0"} == figures(seen)
    number = jobs.listing(home.store)[0].id
    seen.radio(key=f"errata:data:unlisted:{number}").set_value(LabelState.UNKNOWN).run()
    assert buttons(seen)["Count again"] is True
    seen.radio(key=f"errata:data:unlisted:{number}").set_value(LabelState.ABSENT).run()
    press(seen, "Add 1 image")
    work(home, JobKind.IMPORT)
    seen.run()
    assert not seen.exception
    assert datasets.get(home.store, made).images == 21
    assert seen.query_params["dataset"] == str(made)


def test_a_source_with_nothing_new_cannot_be_added(home: Home, source: Path) -> None:
    press(previewed(home, source), "Import 20 images")
    made = work(home, JobKind.IMPORT).result["dataset"]
    request = importing.ImportRequest(source, "garden", into=made)
    job = importing.start_preview(home.store, home.settings, Actor("Ada"), request)
    work(home, JobKind.PREVIEW)
    seen = data_page(dataset=made, view="import", job=job.id)
    assert "There is nothing to import" in said(seen)
    assert not any(label.startswith(("Add", "Import 2")) for label in buttons(seen))


def test_a_mapping_is_offered_again_at_the_next_import_and_cleared_by_one_click(
    home: Home, source: Path
) -> None:
    request = importing.ImportRequest(source, "garden", mapping={"oak": "tree"})
    importing.start_import(home.store, home.settings, Actor("Ada"), request)
    made = work(home, JobKind.IMPORT).result["dataset"]
    again = importing.ImportRequest(source, "garden", into=made)
    job = importing.start_preview(home.store, home.settings, Actor("Ada"), again)
    work(home, JobKind.PREVIEW)
    seen = data_page(dataset=made, view="import", job=job.id)
    assert "As in the last import: oak → tree." in said(seen)
    assert "There is nothing to import" in said(seen)
    press(seen, "Clear")
    assert "Not as in the last import of this source: oak → tree." in said(seen)
    press(seen, "Count again")
    work(home, JobKind.PREVIEW)
    seen.run()
    assert "New in this data set: oak" in said(seen)
    assert "last import" not in said(seen)
