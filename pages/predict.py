"""Predict: what does it say about this one?"""

from pages.ui import predicting, trouble
from pages.ui.header import header

ctx = header("Predict", "What does it say about this one?")
with trouble.shown():
    if ctx.dataset is None:
        trouble.nothing_here(
            "There are no pictures to learn from yet: import a data set, then train on it.",
            page="pages/data.py",
            label="Go to Data",
        )
    elif ctx.run is None:
        trouble.nothing_here(
            "A trained run is needed to look at a picture.", page="pages/train.py", label="Go to Train"
        )
    else:
        predicting.draw(ctx, ctx.dataset, ctx.run)
