"""One picture: itself, where the model looked, and a bar for each label with its threshold."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from PIL import Image

from core.data import decoding
from core.data.decoding import DecodeLimits
from core.services.predict import Prediction
from db.records import Label
from pages.ui import theme

SHOWN_PX = 640  # long side of the picture in the page
BOX_PX = 400  # of the page; the picture fits into this square
MOST_BARS = 16  # those above their threshold are always among them
_FOR, _AGAINST = (230, 159, 0), (0, 114, 178)  # orange and blue: told apart by any colour vision
_STYLE = """<style>
.errata-look { position: relative; max-width: 100%; line-height: 0; }
.errata-look img { width: 100%; border-radius: 4px; }
.errata-look img.where { position: absolute; inset: 0; height: 100%; }
.errata-look:hover img.where { opacity: 0; }
.errata-bars {
    display: grid; grid-template-columns: max-content minmax(90px, 1fr) max-content; gap: 0.28rem 0.7rem;
    align-items: center; font-size: 0.92rem;
}
.errata-bars .name { max-width: 14rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.errata-bars .yes { font-weight: 650; }
.errata-bars .track { position: relative; height: 12px; background: rgba(128, 128, 128, 0.16); border-radius: 3px; }
.errata-bars .fill { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: #8c8c8c; }
.errata-bars .yes .fill, .errata-bars .fill.yes { background: #009e73; }
.errata-bars .cut { position: absolute; top: -3px; bottom: -3px; width: 2px; background: currentColor; opacity: 0.7; }
.errata-bars .number { text-align: right; }
.errata-legend { font-size: 0.85rem; padding-bottom: 0.5rem; }
.errata-legend i {
    display: inline-block; width: 0.9em; height: 0.9em; border-radius: 2px; vertical-align: -0.1em;
    margin: 0 0.3em 0 0.7em;
}
.errata-tick { font-size: 0.82rem; opacity: 0.85; padding-top: 0.5rem; }
.errata-tick i {
    display: inline-block; width: 2px; height: 1em; background: currentColor; margin-right: 0.5em;
    vertical-align: -0.15em;
}
</style>"""
_TICK = "<div class=errata-tick><i></i>threshold: a label whose bar reaches it is predicted (✓)</div>"


def draw(
    name: str,
    data: bytes,
    answer: Prediction,
    labels: Sequence[Label],
    threshold: Sequence[float],
    explained: Label | None,
    limits: DecodeLimits,
) -> None:
    """Draw a picture that was answered."""
    said = [label.name for label, yes in zip(labels, answer.predicted, strict=True) if yes]
    st.markdown(f"**{theme.plain(name)}** · {theme.plain(', '.join(said)) if said else 'none of the labels'}")
    left, right = st.columns([2, 3], gap="large")
    heat = answer.where if explained is not None else None
    with left:
        st.html(_STYLE + _look(name, data, limits, heat, explained.name if explained else ""))
    with right:
        st.html(bars(labels, answer, threshold))


def legend(label: str) -> str:
    """What the colours over the picture mean, as HTML."""
    colours = [f"rgb{colour}" for colour in (_FOR, _AGAINST)]
    return (
        f"<div class=errata-legend><i style='background:{colours[0]}'></i>speaks for {html.escape(label)}"
        f"<i style='background:{colours[1]}'></i>speaks against it · point at a picture to see it plain</div>"
    )


def _look(name: str, data: bytes, limits: DecodeLimits, heat: np.ndarray | None, label: str) -> str:
    # What the model could read, this can: the same decoder, with the same limits.
    shown = decoding.picture(data, name, SHOWN_PX, limits).image
    shown.thumbnail((SHOWN_PX, SHOWN_PX))
    over = ""
    if heat is not None:
        alt = html.escape(f"Where the model looked for {label}", quote=True)
        over = f"<img class=where alt='{alt}' src='{_address(overlay(heat), 'PNG')}'>"
    alt = html.escape(name, quote=True)
    width = min(BOX_PX, round(BOX_PX * shown.width / shown.height))  # small pictures are shown larger
    plain = f"<img alt='{alt}' src='{_address(shown, 'JPEG')}'>"
    return f"<div class=errata-look style='width:{width}px'>{plain}{over}</div>"


def _address(image: Image.Image, format: str) -> str:
    encoded = io.BytesIO()
    image.save(encoded, format)
    return f"data:image/{format.lower()};base64,{base64.b64encode(encoded.getvalue()).decode()}"


def overlay(heat: np.ndarray) -> Image.Image:
    """Contributions (h, w) as a transparent picture: orange speaks for, blue against, strength is opacity."""
    largest = float(np.abs(heat).max())
    share = heat / largest if largest > 0 else np.zeros_like(heat)  # -1..1
    fine = np.asarray(Image.fromarray(share.astype(np.float32)).resize((160, 160), Image.Resampling.BICUBIC))
    pixels = np.zeros((160, 160, 4), np.uint8)
    pixels[..., :3] = np.where(fine[..., None] > 0, _FOR, _AGAINST)
    pixels[..., 3] = np.clip(185 * np.abs(fine), 0, 185)
    return Image.fromarray(pixels)


def bars(labels: Sequence[Label], answer: Prediction, threshold: Sequence[float]) -> str:
    """A bar for each label, the most probable first, with a tick where the label would be predicted."""
    order = sorted(range(len(labels)), key=lambda at: -answer.probabilities[at])
    order = [at for place, at in enumerate(order) if place < MOST_BARS or answer.predicted[at]]
    lines = "".join(
        _line(labels[at].name, answer.probabilities[at], threshold[at], answer.predicted[at]) for at in order
    )
    hidden = len(labels) - len(order)
    more = f"<small>{theme.counted(hidden, 'label')} below these</small>" if hidden else ""
    return f"<div class=errata-bars>{lines}</div>{_TICK}{more}"


def _line(name: str, chance: float, threshold: float, yes: bool) -> str:
    text = html.escape(name)
    mark, kind = ("✓", "yes") if yes else ("–", "no")
    said = html.escape(f"{name}: {theme.f1(chance)}, predicted from {theme.f1(threshold)} on", quote=True)
    return (
        f"<span class='name {kind}' title='{said}'>{mark} {text}</span>"
        f"<span class=track role=img aria-label='{said}' title='{said}'>"
        f"<span class='fill {kind}' style='width:{100 * chance:.1f}%'></span>"
        f"<span class=cut style='left:calc({100 * threshold:.1f}% - 1px)'></span></span>"
        f"<span class='number {kind}'>{theme.f1(chance)}</span>"
    )
