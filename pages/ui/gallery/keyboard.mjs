// Key presses that belong to the gallery: those made inside it, and those made while nothing else has the focus.

import { commandOf } from "./keymap.mjs";

const QUICK_MS = 220; // a shorter Tab moves the focus on, as everywhere; a longer one looks
const OWN_KEYS = new Set(["Enter", " ", "Tab"]); // a focused button answers these itself

export class Keyboard {
  constructor(gallery) {
    this.gallery = gallery;
    this.holding = false;
    this.down = (event) => this._down(event);
    this.up = (event) => this._up(event);
    this.blur = () => this._release();
    // Capture on the document: Streamlit listens there too, and R and C would rerun and clear caches.
    document.addEventListener("keydown", this.down, true);
    document.addEventListener("keyup", this.up, true);
    window.addEventListener("blur", this.blur);
  }

  _isOurs(event) {
    const { root, help } = this.gallery;
    if (!root.isConnected || help.root.open) return false;
    if (event.composedPath().includes(root)) return true;
    const nothing = document.activeElement === document.body || document.activeElement === null;
    return nothing && !document.querySelector("[role=dialog]");
  }

  _down(event) {
    if (!this._isOurs(event)) return;
    const from = event.composedPath()[0];
    if (from.matches?.("input:not([type=checkbox]):not([type=range]), select, textarea")) return;
    const { frame } = this.gallery.grid;
    if (event.key === "Tab" && from === frame && !event.shiftKey && !event.ctrlKey && !event.altKey) return void this._hold(event);
    if (from.matches?.("button, input") && (OWN_KEYS.has(event.key) || event.key.startsWith("Arrow"))) return;
    const command = commandOf(event, this.gallery.keymap);
    if (!command) return;
    event.preventDefault();
    event.stopPropagation();
    // The first key from an idle page brings the focus along, so that Tab means the gallery's Tab from now on.
    if (!event.composedPath().includes(this.gallery.root)) frame.focus({ preventScroll: true });
    if (event.repeat && !["left", "right", "up", "down", "next", "previous", "pageUp", "pageDown"].includes(command.name)) return;
    this.gallery.run(command);
  }

  _hold(event) {
    event.preventDefault();
    event.stopPropagation();
    if (this.holding) return;
    this.holding = true;
    this.since = performance.now();
    this.gallery.look();
  }

  _up(event) {
    if (event.key !== "Tab" || !this.holding) return;
    const quick = performance.now() - this.since < QUICK_MS;
    this._release();
    if (quick) this.gallery.inspector.root.querySelector("button:not([hidden]):not(:disabled), select")?.focus();
  }

  _release() {
    if (!this.holding) return;
    this.holding = false;
    if (!this.gallery.pinned) this.gallery.inspector.hideWhere();
  }

  destroy() {
    document.removeEventListener("keydown", this.down, true);
    document.removeEventListener("keyup", this.up, true);
    window.removeEventListener("blur", this.blur);
  }
}
