// The grid: only the tiles in sight exist, each knows its item by its index.

import { geometry, heightOf, inSight, placeOf, rowsInSight, scrollFor } from "./layout.mjs";
import { h } from "./elements.mjs";

export class Grid {
  // paint(tile, item, index) fills a tile; the rest are reactions.
  constructor({ paint, onPick, onSight, onNear, name }) {
    Object.assign(this, { paint, onPick, onSight, onNear, name });
    this.tiles = new Map();
    this.count = 0;
    this.more = 0; // skeleton tiles after the last item
    this.size = 128;
    this.sheet = h("div", { class: "sheet", role: "presentation" });
    this.frame = h("div", { class: "grid", tabindex: "0", role: "listbox", "aria-multiselectable": "true", "aria-label": "Pictures" }, this.sheet);
    this.frame.addEventListener("scroll", () => this._soon(), { passive: true });
    this.frame.addEventListener("mousedown", (event) => this._press(event));
    this.watcher = new ResizeObserver(() => this.layout());
    this.watcher.observe(this.frame);
    this.grid = geometry(800, this.size);
  }

  get page() {
    return rowsInSight(this.frame.clientHeight, this.grid);
  }

  _soon() {
    if (this.frameAsked) return;
    this.frameAsked = requestAnimationFrame(() => { this.frameAsked = 0; this.window(); });
  }

  _press(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.button !== 0) return;
    event.preventDefault();
    this.frame.focus({ preventScroll: true });
    const tick = event.target.closest(".tick") !== null;
    this.onPick(Number(tile.dataset.index), { toggle: tick || event.ctrlKey || event.metaKey, extend: event.shiftKey });
  }

  // New list or new size: every tile moves.
  layout(keepInSight = null) {
    const width = this.frame.clientWidth;
    if (!width) return;
    this.grid = geometry(width, this.size);
    this.sheet.style.height = `${heightOf(this.count + this.more, this.grid)}px`;
    this.sheet.style.setProperty("--side", `${this.grid.side}px`);
    this.tiles.forEach((tile, index) => this._place(tile, index));
    if (keepInSight !== null) this.reveal(keepInSight);
    this.window();
  }

  set(count, more) {
    for (const [index, tile] of this.tiles) {
      if (index >= Math.min(count, this.count)) { tile.remove(); this.tiles.delete(index); }
    }
    this.count = count;
    this.more = more;
    this.layout();
  }

  clear() {
    this.sheet.replaceChildren();
    this.tiles.clear();
    this.count = 0;
  }

  _place(tile, index) {
    const { left, top } = placeOf(index, this.grid);
    tile.style.transform = `translate(${left}px, ${top}px)`;
  }

  window() {
    const sight = inSight(this.frame.scrollTop, this.frame.clientHeight, this.count + this.more, this.grid);
    for (const [index, tile] of this.tiles) {
      if (index < sight.first || index >= sight.last) { tile.remove(); this.tiles.delete(index); }
    }
    for (let index = sight.first; index < sight.last; index++) {
      if (!this.tiles.has(index)) this._make(index);
    }
    this.onSight(sight.first, Math.min(sight.last, this.count));
    if (sight.last + 2 * this.grid.columns >= this.count) this.onNear();
  }

  _make(index) {
    const tile = h("div", { class: "tile", role: "option", id: `${this.name}-${index}`, "data-index": index });
    this.tiles.set(index, tile);
    this._place(tile, index);
    this.paintOne(index);
    this.sheet.append(tile);
  }

  paintOne(index) {
    const tile = this.tiles.get(index);
    if (!tile) return;
    if (index < this.count) this.paint(tile, index);
    else tile.className = "tile skeleton";
  }

  paintAll() {
    this.tiles.forEach((_, index) => this.paintOne(index));
  }

  reveal(index) {
    const wanted = scrollFor(index, this.frame.scrollTop, this.frame.clientHeight, this.grid);
    if (Math.abs(wanted - this.frame.scrollTop) >= 1) { this.frame.scrollTop = wanted; this.window(); }
    this.frame.setAttribute("aria-activedescendant", `${this.name}-${index}`);
  }

  destroy() {
    this.watcher.disconnect();
    cancelAnimationFrame(this.frameAsked);
  }
}

