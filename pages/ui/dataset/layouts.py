"""What can be read, each layout with a tiny example to copy."""

import streamlit as st

from pages.ui import state

_NOTE = (
    "Images may be JPEG, PNG, WebP, GIF, TIFF, BMP, PPM or AVIF. Files that cannot be read are named before "
    "anything is stored. A zip holds the same as a folder."
)
LAYOUTS: dict[str, tuple[str, str]] = {
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
        "photos/\n  images/       im1.jpg  im2.jpg  im3.jpg\n  annotations/  sea.txt  tree.txt\n"
        "  sea.txt:\n    1\n    2\n  tree.txt:\n    2",
    ),
}
_STYLE = """<style>
.st-key-errata-layouts > div { flex: 1 1 15rem; min-width: min(15rem, 100%); }
</style>"""


def draw() -> None:
    """Every layout with its example, side by side where there is room."""
    with st.expander("What can be read", expanded=True, key=state.key("data", "formats")):
        st.html(_STYLE)
        with st.container(horizontal=True, gap="medium", key="errata-layouts"):
            for name, (sentence, example) in LAYOUTS.items():
                with st.container():
                    st.markdown(f"**{name}**: {sentence}")
                    st.code(example, language=None)
        st.caption(_NOTE)
