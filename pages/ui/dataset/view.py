"""A data set: its parts, how often each label occurs, which go together, examples, notes."""

import streamlit as st

from core.actor import NOBODY
from core.services import datasets, jobs
from core.services.datasets import DatasetSummary
from db.records import Dataset, Job
from db.terms import JobKind, LabelState, Part
from pages.ui import search, tables, theme, working
from pages.ui.dataset import actions, figures, remarks, testing
from pages.ui.header import Context
from pages.ui.strips import Group, Tile, strips

EXAMPLES = 6  # of each label
_STYLE = """<style>
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-data-figures) { flex: 3 1 24rem; }
[data-testid="stLayoutWrapper"]:has(> .st-key-errata-data-parts) { flex: 2 1 22rem; min-width: min(22rem, 100%); }
</style>"""


def draw(ctx: Context, dataset: Dataset) -> None:
    """The whole view of a data set."""
    found = summary(ctx, dataset)
    actions.draw(ctx, dataset)
    search.jump(ctx, dataset)
    working.arrived(ctx)
    _imports(ctx)
    _facts(ctx, dataset, found)
    remarks.draw(ctx, dataset, found)
    st.html(_STYLE)
    with st.container(horizontal=True, gap="large"):
        with st.container(key="errata-data-figures"):
            figures.occurrences(dataset, found)
            figures.per_image(dataset, found)
        with st.container(key="errata-data-parts"):
            _parts(found)
    if found.images.get(Part.TEST):
        testing.draw(ctx, dataset, found.images[Part.TEST])
    st.subheader("Labels that go together", anchor=False)
    figures.together(dataset, found)
    st.subheader("Images that look alike", anchor=False)
    figures.alike(ctx, dataset, found)
    st.subheader("Examples of each label", anchor=False)
    _examples(ctx, dataset, found)
    _notes(dataset)


def summary(ctx: Context, dataset: Dataset) -> DatasetSummary:
    """What is in a data set at its newest revision."""
    return _summary(dataset.id, dataset.revision, ctx.settings.database_url, ctx)


@st.cache_data(show_spinner=False, max_entries=16)
def _summary(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> DatasetSummary:
    return datasets.overview(_ctx.store, _ctx.actor, dataset_id)


def _imports(ctx: Context) -> None:
    """Imports that work meanwhile; their data set appears in the picker when it is there."""

    def listed() -> list[Job]:
        kinds = (JobKind.IMPORT, JobKind.DEMO)
        return [job for job in jobs.active(ctx.store, ctx.actor) if job.kind in kinds]

    working.watch(ctx, listed)


def _facts(ctx: Context, dataset: Dataset, found: DatasetSummary) -> None:
    verified = sum(int(count.sum()) for count in found.verified.values())
    disk = datasets.own_bytes(ctx.store, ctx.settings, ctx.actor, dataset.id)
    parts = " · ".join(f"{theme.count(count)} {part.noun}" for part, count in found.images.items() if count)
    inside = sum(found.images.values())
    if found.left_out:
        parts += f" · {theme.count(found.left_out)} left out"
    cells = max(1, inside * len(found.labels))
    with st.container(horizontal=True, gap="medium"):
        for title, value, help in (
            ("Images", theme.count(inside), parts),
            ("Labels", theme.count(len(found.labels)), "Columns of every score."),
            (
                "Labels an image",
                f"{found.present_total.sum() / max(1, inside):.2f}",
                "Labels present, on average.",
            ),
            (
                "Without any label",
                theme.count(found.without_label),
                "They teach what none of the labels looks like.",
            ),
            (
                "Verified by a person",
                theme.count(verified),
                f"{theme.percent(verified / cells)} of the {cells:,} cells: an image and a label each.",
            ),
            (
                "Label revision",
                theme.count(dataset.revision),
                "Counts every change; each run freezes the one it saw.",
            ),
            ("On disk", theme.size(disk), "Pixels, thumbnails, statistics; without runs."),
        ):
            st.metric(title, value, help=help, width="content")
    origin = theme.plain(dataset.source)
    by = f" by {theme.plain(dataset.created_by)}" if dataset.created_by != NOBODY.name else ""
    silence = "does not have it" if dataset.default_state is LabelState.ABSENT else "may have it"
    st.caption(
        f"{parts}. From {origin} ({dataset.format}), {theme.ago(dataset.created_at)}{by}; "
        f"an image that is not listed for a label {silence}."
    )


def _parts(found: DatasetSummary) -> None:
    """Every label in every part: what a run can learn from, and what it is judged by."""
    parts = [part for part in Part if found.images.get(part)]
    unknown = sum(int(count.sum()) for count in found.unknown.values())
    head = ["Label", *(part.noun for part in parts), "verified", *(["unknown"] if unknown else [])]
    rows = [
        [
            "all images",
            *(theme.count(found.images[part]) for part in parts),
            *[""] * (len(head) - 1 - len(parts)),
        ]
    ]
    for at in figures.order(found):
        row = [found.labels[at].name, *(theme.count(int(found.present[part][at])) for part in parts)]
        row.append(theme.count(sum(int(found.verified[part][at]) for part in parts)))
        if unknown:
            row.append(theme.count(sum(int(found.unknown[part][at]) for part in parts)))
        rows.append(row)
    with st.container(height=560 if len(rows) > 17 else "content", border=False):
        tables.table(head, rows, pale=[0])


@st.cache_data(show_spinner=False, max_entries=16)
def _chosen(dataset_id: int, revision: int, database_url: str, _ctx: Context) -> dict[int, list[int]]:
    return datasets.examples(_ctx.store, _ctx.actor, dataset_id, each=EXAMPLES)


def _examples(ctx: Context, dataset: Dataset, found: DatasetSummary) -> None:
    chosen = _chosen(dataset.id, dataset.revision, ctx.settings.database_url, ctx)
    total = found.present_total
    groups = [
        Group(
            label.name,
            theme.counted(int(total[at]), "image"),
            tuple(Tile(row, sentence=f"{label.name}, image {row}") for row in chosen.get(label.id, [])),
        )
        for at in figures.order(found)
        for label in [found.labels[at]]
    ]
    strips("errata-data-examples", dataset, groups, side_px=92, one_line=True)


def _notes(dataset: Dataset) -> None:
    if not dataset.notes:
        return
    with st.expander(
        f"{theme.counted(len(dataset.notes), 'remark')} of the import: what it left out or took otherwise"
    ):
        for note in dataset.notes:
            st.caption(theme.plain(note))
