"""What somebody should know of a data set before training on it: one line that opens, and that can be closed."""

from dataclasses import dataclass
from zlib import crc32

import streamlit as st

from core.data.importers import listing
from core.services import datasets
from core.services.datasets import DatasetSummary
from db.records import Dataset
from db.terms import Part
from pages.ui import seen, state, theme
from pages.ui.dataset import splitting
from pages.ui.header import Context

_MOST_LACKING = 8


@dataclass(frozen=True)
class Remark:
    """One thing to know."""

    short: str  # a few words, for the line
    whole: str  # the sentence, with what to do


def draw(ctx: Context, dataset: Dataset, found: DatasetSummary) -> None:
    """The line, unless there is nothing to tell or somebody closed it; other remarks than those open it again."""
    remarks = listed(ctx, dataset, found)
    sign = crc32("\n".join(remark.whole for remark in remarks).encode())
    if not remarks or seen.was(ctx.settings, "remarks", dataset.id, sign):
        return
    line = " · ".join(remark.short for remark in remarks)
    with st.expander(
        theme.plain(line[0].upper() + line[1:]), icon=":material/info:", key=state.key("data", "remarks")
    ):
        for remark in remarks:
            st.markdown(theme.plain(remark.whole))
        if st.button(
            "Close", key=state.key("data", "remarks-close"), help="Until something else is to be said."
        ):
            seen.mark(ctx.settings, "remarks", dataset.id, sign)
            st.rerun()


def listed(ctx: Context, dataset: Dataset, found: DatasetSummary) -> list[Remark]:
    """What no model can learn, what nobody can judge, and why a part has not the size that was asked for."""
    remarks = []
    lacking = [label.name for label in found.labels if not found.present[Part.TRAIN][label.position]]
    if lacking:
        remarks.append(
            Remark(
                f"no training image carries {listing.some(lacking)}",
                f"No training image carries {listing.some(lacking, _MOST_LACKING)}: no model can learn it.",
            )
        )
    few = [name for name in splitting.found_few(found) if name not in lacking]
    if few:
        remarks.append(Remark(f"too few images of {listing.some(few)}", splitting.too_few(few)))
    unlike = splitting.told(datasets.asked_shares(ctx.store, ctx.actor, dataset.id), found.images)
    if unlike:
        remarks.append(Remark("the parts are not quite as asked for", unlike))
    return remarks
