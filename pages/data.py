"""Data: what do I have? Import pictures with their labels, and see what is in them before training."""

import streamlit as st

from pages.ui import dataset, trouble
from pages.ui.header import header

ctx = header("Data", "What do I have?")
with trouble.shown():
    if ctx.dataset is None or st.query_params.get("view") == "import":
        dataset.importing.draw(ctx)
    else:
        dataset.view.draw(ctx, ctx.dataset)
