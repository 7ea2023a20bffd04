"""Labels: what do the labels mean? Their names, keys, sentences and examples, and how they hang together."""

from pages.ui import labelling, trouble
from pages.ui.header import header

ctx = header("Labels", "What do the labels mean?")
with trouble.shown():
    if ctx.dataset is None:
        trouble.nothing_here(
            "There is no data set yet: no labels.", page="pages/data.py", label="Import a data set"
        )
    else:
        labelling.view.draw(ctx, ctx.dataset)
