"""Compare: did it help?"""

from pages.ui import comparing, trouble
from pages.ui.header import header

ctx = header("Compare", "Did it help?")
with trouble.shown():
    if ctx.dataset is None:
        trouble.nothing_here(
            "There is no data set yet: import one, then train on it.",
            page="pages/data.py",
            label="Go to Data",
        )
    else:
        comparing.draw(ctx, ctx.dataset)
