"""Train: is it learning? Launch a run, watch it, stop it."""

from core.services import runs
from pages.ui import trouble
from pages.ui.header import header
from pages.ui.training import form, watch

ctx = header("Train", "Is it learning?")

if ctx.dataset is None:
    trouble.nothing_here(
        "There is no data set yet: import one, then train on it.", page="pages/data.py", label="Go to Data"
    )
else:
    with trouble.shown():
        its_runs = runs.listing(ctx.store, ctx.actor, ctx.dataset.id)
        form.draw(ctx, ctx.dataset, its_runs)
        if ctx.run is None:
            trouble.nothing_here("No run yet: choose a preset above and train. Its curves appear here, live.")
        else:
            watch.draw(ctx, ctx.dataset, ctx.run, its_runs)
