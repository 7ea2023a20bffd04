"""What can be read, each layout with a tiny example to copy."""

from collections.abc import Sequence

import streamlit as st

from pages.ui import state

_NOTE = (
    "Images may be JPEG, PNG, WebP, GIF, TIFF, BMP, PPM or AVIF. Files that cannot be read are named before "
    "anything is stored. An archive (zip, tar) holds the same as a folder."
)
EVERYDAY: dict[str, tuple[str, str]] = {
    "folders": (
        "one folder a label, perhaps below `train`, `val` and `test`; a picture that lies in two folders has "
        "both labels.",
        "photos/\n  sea/    1.jpg  2.jpg\n  tree/   2.jpg  3.jpg",
    ),
    "csv": (
        "a table beside the images, labels joined by spaces, `|` or `;`; a column `split` with train, val or "
        "test is kept.",
        "photos/\n  1.jpg  2.jpg  3.jpg\n  labels.csv:\n"
        "    image,labels\n    1.jpg,sea\n    2.jpg,sea tree\n    3.jpg,",
    ),
    "csv-onehot": (
        "a table with one column a label: 1 has it, 0 has it not, -1 or nothing is unknown; `split` as above "
        "(Roboflow's `_classes.csv`).",
        "photos/\n  1.jpg  2.jpg  3.jpg\n  labels.csv:\n"
        "    image,sea,tree\n    1.jpg,1,0\n    2.jpg,1,1\n    3.jpg,0,0",
    ),
    "label-files": (
        "one text file a label, one image number a line (MIRFLICKR).",
        "photos/\n  images/  im1.jpg  im2.jpg\n  annotations/sea.txt:\n    1\n    2\n"
        "  annotations/tree.txt:\n    2",
    ),
    "csv-long": (
        "a table with one row a label; further columns of an image are kept.",
        "photos/\n  1.jpg  2.jpg  3.jpg\n  labels.csv:\n"
        "    file_path,class_name\n    1.jpg,sea\n    2.jpg,sea\n    2.jpg,tree",
    ),
    "images": (
        "images that nobody has labelled yet: name the labels to look for, and annotate.",
        "photos/\n  1.jpg  2.jpg  3.jpg",
    ),
}
EXPORTED: dict[str, tuple[str, str]] = {
    "coco": (
        "a JSON file with images, categories and annotations; boxes count as labels of their image.",
        'photos/\n  1.jpg  2.jpg  3.jpg\n  labels.json:\n    {"images": [\n      {"id": 1, "file_name": "1.jpg"},\n'
        '      {"id": 2, "file_name": "2.jpg"}],\n    "categories": [\n      {"id": 1, "name": "sea"},\n'
        '      {"id": 2, "name": "tree"}],\n    "annotations": [\n'
        '      {"image_id": 1, "category_id": 1},\n      {"image_id": 2, "category_id": 1},\n'
        '      {"image_id": 2, "category_id": 2}]}',
    ),
    "open-images": (
        "1 is verified present, 0 verified absent; fractions are machine-made.",
        "photos/\n  1.jpg  2.jpg  3.jpg\n  labels.csv:\n    ImageID,Source,LabelName,Confidence\n"
        "    1,verification,sea,1\n    2,verification,sea,1\n    2,verification,tree,1\n    3,verification,tree,0",
    ),
    "voc": (
        "a text file for each label and part: 1 present, -1 absent, 0 difficult, which is unknown.",
        "photos/\n  JPEGImages/  000001.jpg  000002.jpg\n  ImageSets/Main/sea_train.txt:\n"
        "    000001  1\n    000002  1\n  ImageSets/Main/tree_train.txt:\n    000001 -1\n    000002  1",
    ),
    "label-studio": (
        "tasks with choices; one that was submitted empty is verified empty.",
        'photos/\n  1.jpg  2.jpg  3.jpg\n  tasks.json:\n    [{"data": {"image": "1.jpg"}, "annotations": [\n'
        '      {"result": [{"from_name": "label",\n        "to_name": "image", "type": "choices",\n'
        '        "value": {"choices": ["sea"]}}]}]},\n'
        '    {"data": {"image": "2.jpg"}, "annotations": [\n      {"result": [{"from_name": "label",\n'
        '        "to_name": "image", "type": "choices",\n        "value": {"choices": ["sea", "tree"]}}]}]}]',
    ),
    "imagefolder": (
        "Hugging Face: `metadata.jsonl` or `metadata.csv` beside the images.",
        'photos/\n  1.jpg  2.jpg  3.jpg\n  metadata.jsonl:\n    {"file_name": "1.jpg", "labels": ["sea"]}\n'
        '    {"file_name": "2.jpg", "labels": ["sea", "tree"]}\n    {"file_name": "3.jpg", "labels": []}',
    ),
    "fiftyone": (
        "`labels.json` beside a folder `data`; null says that nothing is known.",
        'photos/\n  data/  1.jpg  2.jpg  3.jpg\n  labels.json:\n    {"classes": ["sea", "tree"],\n'
        '    "labels": {"1": [0], "2": [0, 1], "3": null}}',
    ),
    "cvat": (
        "CVAT for images 1.1, with tags.",
        "photos/\n  1.jpg  2.jpg\n  annotations.xml:\n    <annotations>\n"
        '    <image id="0" name="1.jpg">\n      <tag label="sea" source="manual"/></image>\n'
        '    <image id="1" name="2.jpg">\n      <tag label="sea" source="manual"/>\n'
        '      <tag label="tree" source="manual"/></image>\n    </annotations>',
    ),
    "imagenet-txt": (
        "lists of images with the numbers of their labels, which `synsets.txt` names.",
        "photos/\n  1.jpg  2.jpg\n  synsets.txt:\n    sea\n    tree\n  train.txt:\n    1.jpg 0\n    2.jpg 0 1",
    ),
}
LAYOUTS = EVERYDAY | EXPORTED
_STYLE = """<style>
.st-key-errata-layouts > div, .st-key-errata-exported > div { flex: 1 1 18rem; min-width: min(18rem, 100%); }
</style>"""


def draw() -> None:
    """Every layout with its example, side by side where there is room."""
    st.html(_STYLE)
    with st.expander("What can be read", expanded=True, key=state.key("data", "formats")):
        _cards(list(EVERYDAY), "errata-layouts")
        st.caption(_NOTE)
    with st.expander(f"Exports of other programs: {', '.join(EXPORTED)}", key=state.key("data", "exported")):
        _cards(list(EXPORTED), "errata-exported")


def _cards(names: Sequence[str], key: str) -> None:
    with st.container(horizontal=True, gap="medium", key=key):
        for name in names:
            sentence, example = LAYOUTS[name]
            with st.container():
                st.markdown(f"**{name}**: {sentence}")
                st.code(example, language=None)
