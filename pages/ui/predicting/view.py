"""Pictures that somebody drops, a run's probabilities for each, and where it looked."""

import csv
import io
from collections.abc import Sequence

import streamlit as st

from core.data.decoding import DecodeLimits
from core.errors import BadInput
from core.services import datasets, predict, runs
from core.services.predict import Prediction
from db.records import Dataset, Label, Run
from pages.ui import state, theme, trouble
from pages.ui.header import Context
from pages.ui.predicting import picture

MOST_SHOWN = 12
TYPES = ["jpg", "jpeg", "png", "webp", "gif", "tif", "tiff", "bmp", "ppm", "avif", "heic"]


def draw(ctx: Context, dataset: Dataset, run: Run) -> None:
    """The whole page below its head."""
    if run.preset == runs.IMPORTED:
        trouble.nothing_here(
            f"Run {run.id} was imported as scores: it has no model that could look at a picture. "
            "Choose a run that was trained here."
        )
        return
    if not run.usable:
        trouble.nothing_here(
            f"Run {run.id} has no model yet ({run.state.value}): choose another one above, or wait for it.",
            page="pages/train.py",
            label=f"Watch run {run.id}",
        )
        return
    # Loading takes seconds: it begins while the reader looks for a picture.
    predict.warm_up(ctx.store, ctx.settings, ctx.actor, run.id)
    files = st.file_uploader(
        "Drop pictures here",
        type=TYPES,
        accept_multiple_files=True,
        key=state.key("predict", "files"),
        help=f"At most {predict.MOST_IMAGES} at once, kept in memory only: nothing of them is stored.",
    )
    labels = runs.labels(ctx.store, ctx.actor, run.id)
    if files:
        _answer(ctx, run, labels, [file.name for file in files], [file.getvalue() for file in files])
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(
            f"Run {run.id} answers; the first answer can take a few seconds. No picture at hand?",
            width="content",
        )
        if st.button("Take a validation image", key=state.key("predict", "sample")):
            st.query_params["row"] = str(datasets.sample_row(ctx.store, ctx.actor, dataset.id))
    row = state.number_in_address("row")
    if row is not None:
        name, content = _own(ctx, dataset, row)
        _answer(ctx, run, labels, [name], [content])


def _own(ctx: Context, dataset: Dataset, row: int) -> tuple[str, bytes]:
    """An image of the data set: its file, or its thumbnail where the file is gone. Raises BadInput."""
    if row >= dataset.images:
        raise BadInput(f"There is no image number {row} in this data set; it has {dataset.images}.")
    path = datasets.image_path(ctx.store, ctx.settings, ctx.actor, dataset.id, row)
    if path is not None:
        return path.name, path.read_bytes()
    (thumbnail,) = datasets.thumbnails(ctx.store, ctx.settings, ctx.actor, dataset.id, [row])
    return f"image {row}", thumbnail


def _answer(
    ctx: Context, run: Run, labels: Sequence[Label], names: Sequence[str], data: Sequence[bytes]
) -> None:
    with st.spinner(f"Run {run.id} looks; the first answer waits for its model to load…", show_time=True):
        found = _asked(ctx, run, tuple(data), tuple(names), None)
    good = [answer for answer in found if not answer.problem]
    explained = _explained(labels, good, names[0])
    if explained is not None:
        found = _asked(ctx, run, tuple(data), tuple(names), explained.position)
    for answer in found:
        if answer.problem:
            st.error(theme.plain(answer.problem))
    shown = [(n, d, f) for n, d, f in zip(names, data, found, strict=True) if not f.problem]
    limits = DecodeLimits.of_megapixels(ctx.settings.max_image_mpx)
    for name, content, answer in shown[:MOST_SHOWN]:
        picture.draw(name, content, answer, labels, run.threshold, explained, limits)
    if len(shown) > MOST_SHOWN:
        st.caption(f"{MOST_SHOWN} of {len(shown)} pictures are shown; the table below has all of them.")
    if shown:
        text = as_csv([(name, answer) for name, _, answer in shown], labels)
        st.download_button(
            "Download as predictions.csv",
            text,
            file_name="predictions.csv",
            mime="text/csv",
            on_click="ignore",
        )


def _explained(labels: Sequence[Label], good: Sequence[Prediction], first_name: str) -> Label | None:
    """The label whose places are shown, once the reader asks; at first the one that the first picture has most."""
    if not good:
        return None
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if not st.toggle("Show where it looked", key=state.key("predict", "looked")):
            return None
        chosen: int = st.selectbox(
            "Label",
            [label.position for label in labels],
            index=max(range(len(labels)), key=lambda at: good[0].probabilities[at]),
            format_func=lambda at: labels[at].name,
            # A new picture begins with its own most probable label.
            key=state.key("predict", f"where:{labels[0].dataset_id}:{first_name}"),
            width=260,
            label_visibility="collapsed",
        )
        st.html(picture.legend(labels[chosen].name))
    return labels[chosen]


def _asked(
    ctx: Context, run: Run, data: tuple[bytes, ...], names: tuple[str, ...], where: int | None
) -> list[Prediction]:
    # A resumed run has another model under the same number.
    stamp = (run.id, run.epochs_done, run.job_id)
    return _cached(ctx.settings.database_url, stamp, data, names, where, ctx, run.id)


@st.cache_data(show_spinner=False, max_entries=12)
def _cached(
    database_url: str,
    stamp: tuple[int, ...],
    data: tuple[bytes, ...],
    names: tuple[str, ...],
    where: int | None,
    _ctx: Context,
    _run_id: int,
) -> list[Prediction]:
    return predict.predict(_ctx.store, _ctx.settings, _ctx.actor, _run_id, data, names=names, where=where)


def as_csv(answers: Sequence[tuple[str, Prediction]], labels: Sequence[Label]) -> str:
    """`image,label,probability,predicted`, one row a picture and label, as the command line writes it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("image", "label", "probability", "predicted"))
    for name, answer in answers:
        for label, chance, yes in zip(labels, answer.probabilities, answer.predicted, strict=True):
            writer.writerow((name, label.name, f"{chance:.4f}", int(yes)))
    return text.getvalue()
