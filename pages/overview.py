"""Overview: where am I, and what is next?"""

from pages.ui import overview
from pages.ui.header import header

ctx = header("Overview", "Where am I, and what is next?")
overview.draw(ctx)
