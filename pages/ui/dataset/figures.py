"""What a data set looks like as a whole: figures whose every mark opens the pictures behind it."""

import streamlit as st

from core.errors import BadInput
from core.services import searching
from core.services.datasets import DatasetSummary
from db.records import Dataset
from pages.ui import charts, search, state, theme, trouble
from pages.ui.header import Context
from pages.ui.map import embedding_map

MOST_BARS = 60
MOST_HEATMAP = 40  # labels, the most frequent ones
_MEASURES = (
    "brightness",
    "contrast",
    "saturation",
    "sharpness",
    "edge_density",
    "warmth",
    "aspect",
    "size",
    "labels",
)


def order(found: DatasetSummary) -> list[int]:
    """Positions of the labels, the most frequent first."""
    return [int(at) for at in (-found.present_total).argsort(kind="stable")]


def occurrences(dataset: Dataset, found: DatasetSummary) -> None:
    """How often each label occurs; a bar opens the images that carry it."""
    chosen = order(found)[:MOST_BARS]
    total = found.present_total
    if not chosen:
        return
    high, low = int(total[chosen[0]]), int(total.min())
    clicked = charts.bars(
        "errata-data-occurrences",
        [found.labels[at].name for at in chosen],
        [int(total[at]) for at in chosen],
        value_title="images",
        title="Images that carry each label",
        texts=[f"{int(total[at]):,}" for at in chosen],
        clickable=True,
    )
    if clicked is not None:
        search.to_gallery(dataset, search.quoted(clicked))
    times = f", {high / low:.0f} times as many as the rarest" if low and high >= 2 * low else ""
    st.caption(
        f"The most frequent label is on {theme.counted(high, 'image')}{times}. A bar opens its images."
    )


def per_image(dataset: Dataset, found: DatasetSummary) -> None:
    """How many labels an image carries; a bar opens those with as many."""
    counts = [int(count) for count in found.labels_per_image]
    clicked = charts.bars(
        "errata-data-per-image",
        [str(number) for number in range(len(counts))],
        counts,
        value_title="images",
        title="Labels an image",
        texts=[f"{count:,}" for count in counts],
        upright=True,
        height_px=210,
        clickable=True,
    )
    if clicked is not None:
        search.to_gallery(dataset, f"labels:{clicked}")


def together(dataset: Dataset, found: DatasetSummary) -> None:
    """Which labels go together; a cell opens the images that carry both."""
    chosen = order(found)[:MOST_HEATMAP]
    if len(chosen) < 2:
        st.caption("With one label there is nothing to go together.")
        return
    names = [found.labels[at].name for at in chosen]
    # Of the images that carry the row's label, the share that carry the column's too; the diagonal says nothing.
    shares: list[list[float | None]] = [
        [
            None
            if a == b or not found.co_occurrence[a, a]
            else found.co_occurrence[a, b] / found.co_occurrence[a, a]
            for b in chosen
        ]
        for a in chosen
    ]
    hovers = [
        [
            f"Of {theme.counted(int(found.co_occurrence[a, a]), 'image')} with {found.labels[a].name}, "
            f"{100 * (share or 0):.0f} % also {have} {found.labels[b].name}"
            for b, share in zip(chosen, row, strict=True)
        ]
        for a, row in zip(chosen, shares, strict=True)
        for have in ["has" if found.co_occurrence[a, a] == 1 else "have"]
    ]
    clicked = charts.heatmap(
        "errata-data-together",
        [[None if share is None else 100 * float(share) for share in row] for row in shares],
        names,
        names,
        hovers=hovers,
        value_title="%",
        title="Of the images that carry the row's label, the share that carry the column's too",
        height_px=min(840, 150 + 26 * len(names)),
        clickable=True,
    )
    if clicked is not None:
        search.to_gallery(dataset, " & ".join(dict.fromkeys(search.quoted(name) for name in clicked)))
    if len(found.labels) > MOST_HEATMAP:
        st.caption(f"The {MOST_HEATMAP} most frequent of {len(found.labels)} labels.")


def alike(ctx: Context, dataset: Dataset, found: DatasetSummary) -> None:
    """The embedding map; a drawn area opens the images in it."""
    try:
        drawn = searching.scanned_map(ctx.store, ctx.settings, ctx.actor, dataset.id)
    except BadInput as error:
        st.caption(theme.plain(str(error)))
        return
    if drawn is None:
        trouble.nothing_here(
            "The map puts images that look alike beside each other. A scan of the data set draws it.",
            page="pages/data.py",
            label="Scan the data set",
            query={"dataset": str(dataset.id), "view": "trouble"},
        )
        return
    names = {f"label:{found.labels[at].id}": found.labels[at].name for at in order(found)}
    names |= {"part": "part"} | {measure: measure.replace("_", " ") for measure in _MEASURES}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Coloured by", width="content")
        colour = st.selectbox(
            "Coloured by",
            list(names),
            key=state.key("data", "colour"),
            format_func=lambda name: names.get(name, name),
            width=220,
            label_visibility="collapsed",
        )
        st.caption(
            "Drag draws an area, the wheel zooms, Shift and drag moves; a point shows its picture.",
            width="content",
        )
    opened = embedding_map("errata-data-map", dataset, colour=colour, title=names[colour])
    if opened:
        search.to_gallery(dataset, opened)
