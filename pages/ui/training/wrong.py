"""What is most wrong now: the validation cells that the last epoch missed by most."""

import base64
import html

import streamlit as st

from core.services import datasets, runs
from db.records import Dataset, Epoch
from db.terms import LabelState
from pages.ui import theme
from pages.ui.header import Context

MOST = 12


def draw(ctx: Context, dataset: Dataset, last: Epoch) -> None:
    """Their thumbnails, each with its annotation and its probability in words."""
    names = [label.name for label in runs.labels(ctx.store, ctx.actor, last.run_id)]
    cells = last.most_wrong[:MOST]
    if not cells:
        st.caption("Nothing is wrong on the validation images after this epoch.")
        return
    rows = [row for row, *_ in cells]
    pictures = datasets.thumbnails(ctx.store, ctx.settings, ctx.actor, dataset.id, rows)
    st.html(
        "<div class='errata-wrong'>"
        + "".join(
            _figure(jpeg, names[label], p, LabelState(now))
            for jpeg, (_, label, p, now) in zip(pictures, cells, strict=True)
        )
        + "</div>"
    )


def _figure(jpeg: bytes, label: str, probability: float, annotated: LabelState) -> str:
    name = html.escape(label, quote=True)
    text = f"annotated {annotated.value}, predicted {theme.probability(probability)}"
    return (
        f"<figure title='{name}: {text}'>"
        f"<img alt='{name}: {text}' src='data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}'>"
        f"<figcaption><b>{name}</b><br>{text.replace(', ', ',<br>')}</figcaption></figure>"
    )
