"""How Errata looks and writes: the colours and marks of causes and states, and every format of a number.

Causes carry Okabe-Ito colours, which people with any colour vision tell apart; the word and the mark stand
beside, always.
"""

import math
import time
from pathlib import Path

from core.words import counted as counted
from db.terms import Cause, JobState, LabelState

ICON = Path(__file__).parent / "assets" / "icon.svg"
CAUSE_COLOURS: dict[Cause, str] = {
    Cause.MISLABEL: "#E69F00",
    Cause.SPARSITY: "#0072B2",
    Cause.WRONG_PATTERN: "#CC79A7",
    Cause.UNKNOWN: "#8C8C8C",
}
CAUSE_MARKS: dict[Cause, str] = {
    Cause.MISLABEL: "●",
    Cause.SPARSITY: "▲",
    Cause.WRONG_PATTERN: "■",
    Cause.UNKNOWN: "○",
}
STATE_MARKS: dict[LabelState, str] = {
    LabelState.PRESENT: "✓",
    LabelState.ABSENT: "–",
    LabelState.UNKNOWN: "?",
}
JOB_MARKS: dict[JobState, str] = {
    JobState.QUEUED: "◌",
    JobState.RUNNING: "▶",
    JobState.STOPPING: "▷",
    JobState.STOPPING_NOW: "▷",
    JobState.FINISHED: "✓",
    JobState.STOPPED: "◼",
    JobState.FAILED: "✕",
}

# Tabular figures everywhere: columns of numbers line up and a live number does not jump.
STYLE = """<style>
.stApp { font-variant-numeric: tabular-nums; }
.stApp .block-container, .stApp [data-testid="stMainBlockContainer"] { max-width: none; padding-inline: 2rem; }
.stApp :has(> .stLogo) { display: inline-flex; align-items: center; gap: 0.5rem; width: auto; }
.stApp :has(> .stLogo)::after { content: "Errata"; font-weight: 650; letter-spacing: 0.01em; opacity: 0.85; }
.stApp :is([data-testid="stSidebarNavLink"], [data-testid="stPageLink-NavLink"]):focus-visible {
    outline: 2px solid currentColor; outline-offset: -2px;
}
.st-key-errata-header h1 { padding: 0; }
.st-key-errata-header { margin-bottom: 0.5rem; }
.stApp [data-testid="stButtonGroup"] [data-selected] { color: inherit !important; font-weight: 600; }
[class*="st-key-errata-nothing"] a, .st-key-errata-next a {
    border: 1px solid rgba(128, 128, 128, 0.45); border-radius: 0.5rem; padding: 0.3rem 0.8rem;
}
[class*="st-key-errata-nothing"] a:hover, .st-key-errata-next a:hover { border-color: currentColor; }
.errata-wrong { display: grid; grid-template-columns: repeat(auto-fill, minmax(112px, 1fr)); gap: 0.6rem; }
.errata-wrong figure { margin: 0; }
.errata-wrong img {
    width: 100%; aspect-ratio: 1; object-fit: contain; border-radius: 4px; background: rgba(128, 128, 128, 0.12);
}
.errata-wrong figcaption { font-size: 0.8rem; line-height: 1.3; overflow-wrap: anywhere; }
@media (max-width: 640px) { .stApp [data-testid="stMainBlockContainer"] { padding-inline: 1rem; } }
</style>"""


def percent(share: float | None) -> str:
    """A share of 0..1 as `51.2 %`."""
    return "–" if share is None or not math.isfinite(share) else f"{100 * share:.1f} %"


def points(share: float) -> str:
    """A difference of two shares, in points of a percent: `+1.9`, `−2.6`, `unchanged`."""
    return _difference(f"{100 * abs(share):.1f}", share)


def points_size(share: float) -> str:
    """The size of a difference of two shares, without its sign: `0.6`."""
    return f"{100 * abs(share):.1f}"


def _difference(size: str, value: float) -> str:
    """A signed difference whose size is written already; one that rounds to nothing is no change."""
    if not size.strip("0."):
        return "unchanged"
    return f"{'+' if value > 0 else '−'}{size}"


def f1(value: float | None) -> str:
    """An F1, a precision or a probability as `.595`."""
    if value is None or not math.isfinite(value):
        return "–"
    return f"{value:.3f}".removeprefix("0")


def probability(value: float) -> str:
    """A probability in words where its three digits would say that it is certain: `.030`, `over .99`."""
    return "over .99" if value > 0.99 else "under .01" if value < 0.01 else f1(value)


def gain(value: float) -> str:
    """A difference of two F1 as `+.019`, `−.004`, `unchanged`."""
    return _difference(f1(abs(value)), value)


def within(change: str, chance: str) -> str:
    """A difference with its interval: `+0.8 ± 2.1`; one that rounds to nothing is a number here."""
    return f"{'0' if change == 'unchanged' else change} ± {chance}"


def count(number: int) -> str:
    """A count as `12,000`."""
    return f"{number:,}"


def duration(seconds: float) -> str:
    """A time span as `2:10` (minutes and seconds) or `1:02:10`."""
    whole = max(0, round(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def about(seconds: float) -> str:
    """A time span as a person would guess it: `less than a minute`, `about 2 minutes`, `about 3 hours`."""
    if seconds < 50:
        return "less than a minute"
    if seconds < 90 * 60:
        return f"about {counted(max(1, round(seconds / 60)), 'minute')}"
    return f"about {counted(round(seconds / 3600), 'hour')}"


def ago(moment: float, now: float | None = None) -> str:
    """How long ago a moment (seconds since the epoch) was: `just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    span = (time.time() if now is None else now) - moment
    if span < 60:
        return "just now"
    if span < 3600:
        return f"{span / 60:.0f} min ago"
    if span < 48 * 3600:
        return f"{span / 3600:.0f} h ago"
    return f"{span / 86400:.0f} days ago"


def size(number: float) -> str:
    """A number of bytes as `1.2 GB`."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def plain(text: str) -> str:
    """Text from a person, safe inside Markdown: every mark of Markdown and HTML in it is shown as it is."""
    return "".join(f"\\{char}" if char in "\\`*_{}[]()<>#+-.!|~:$&" else char for char in text)
