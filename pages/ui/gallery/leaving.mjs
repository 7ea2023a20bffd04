// A word to Python waits while a click elsewhere may be taking the reader to another page. Streamlit sends it with the
// page that the browser still shows; the page that comes would be emptied by it.

const LINK_MS = 30000; // a click that no run of the script has followed by then led nowhere
const ELSEWHERE_MS = 4000; // the same of a button, which need not ask for a run
const CALM_MS = 200; // this long without a run: between two runs of a change of page there is a moment's rest

export class Leaving {
  constructor({ now = () => performance.now(), later = (f, ms) => setTimeout(f, ms) } = {}) {
    this.now = now;
    this.later = later;
    this.until = -Infinity; // a run may still follow the last click
    this.restedAt = -Infinity; // when the last run ended
    this.running = false;
    this.waiting = null;
    this.over = false;
  }

  // Something outside of the gallery was pressed.
  clicked(link = false) {
    this.until = this.now() + (link ? LINK_MS : ELSEWHERE_MS);
  }

  // Streamlit began or ended a run of the script.
  ran(running) {
    if (running) this.until = -Infinity;
    else if (this.running) this.restedAt = this.now();
    this.running = running;
  }

  // Now, or as soon as the page is known to stay; of several that wait the last one is said.
  say(tell) {
    const alone = this.waiting === null;
    this.waiting = tell;
    if (alone) this._try();
  }

  destroy() {
    this.over = true;
  }

  _try() {
    if (this.over) return;
    const answered = this.now() >= this.until;
    const calm = !this.running && this.now() - this.restedAt >= CALM_MS;
    if (!answered || !calm) {
      this.later(() => this._try(), CALM_MS);
      return;
    }
    const tell = this.waiting;
    this.waiting = null;
    tell();
  }
}

// The same, told of the clicks and runs of this page; returns what ends it.
export function watchLeaving(leaving, root) {
  const click = (event) => {
    const path = event.composedPath();
    if (!path.includes(root)) leaving.clicked(path.some((node) => node.tagName === "A"));
  };
  document.addEventListener("click", click, true);
  const app = document.querySelector("[data-testid=stApp]");
  const state = () => leaving.ran(["running", "rerunRequested"].includes(app.getAttribute("data-test-script-state")));
  const watch = new MutationObserver(state);
  if (app) {
    state();
    watch.observe(app, { attributes: true, attributeFilter: ["data-test-script-state"] });
  }
  return () => {
    leaving.destroy();
    document.removeEventListener("click", click, true);
    watch.disconnect();
  };
}
