// The embedding map on a canvas: wheel to zoom, drag to draw an area, arrows and + − by keyboard; hover shows the picture.

import { NOT_MEASURED, byColour, countInside, element, legendOf, rounded, simplified, termOf, toldOf, unpackMap } from "./points.mjs";

const maps = new WeakMap(); // parentElement -> EmbeddingMap
const NEAR_PX = 12;
const RESTS_MS = 80; // a pointer on its way asks for no names
const INSET = 0.04; // of the side, around the points

class EmbeddingMap {
  constructor(parent) {
    this.root = element("div", "map");
    this.stage = element("div", "stage");
    this.canvas = element("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.peek = element("div", "peek");
    this.peek.hidden = true;
    this.picture = element("img");
    this.picture.alt = "";
    this.peekName = element("span");
    this.peekLabels = element("span", "quiet");
    this.peek.append(this.picture, this.peekName, this.peekLabels);
    this.told = new Map(); // row -> [file name, labels]
    this.problem = element("div", "problem");
    this.problem.hidden = true;
    this.stage.append(this.canvas, this.peek, this.problem);
    this.legend = element("div", "legend");
    this.drawn = element("span", "quiet");
    this.drawn.setAttribute("role", "status");
    this.clear = this._button("Clear", () => this.select(null));
    this.reset = this._button("Whole map", () => this.look(0, 0, 1));
    this.openButton = this._button("", () => this.open());
    this.openButton.classList.add("main");
    const bar = element("div", "bar");
    bar.append(this.legend, element("span", "gap"), this.drawn, this.reset, this.clear, this.openButton);
    this.root.append(bar, this.stage);
    parent.append(this.root);
    this.view = { x: 0, y: 0, scale: 1 }; // the lower left corner in sight, and how often the map is enlarged
    this.area = null;
    this._listen();
    this.resizer = new ResizeObserver(() => this.fit());
    this.resizer.observe(this.stage);
  }

  _button(text, act) {
    const made = element("button", "", text);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  async update(data, opened) {
    this.opened = opened;
    this.canvas.setAttribute("aria-label", `Embedding map, coloured by ${data.title}. Wheel or + and − zoom, arrows move, drag draws an area.`);
    const sign = JSON.stringify([data.dataset, data.revision, data.colour, data.base]);
    this.data = data;
    this.fit();
    if (sign === this.sign) return;
    this.sign = sign;
    this.told.clear();
    try {
      const query = new URLSearchParams({ colour: data.colour });
      const response = await fetch(`${data.base}/errata/map/${data.dataset}?${query}`, { credentials: "same-origin" });
      if (!response.ok) throw new Error((await response.json().catch(() => ({}))).message ?? `The server answered with ${response.status}.`);
      const points = unpackMap(await response.arrayBuffer());
      if (sign !== this.sign) return; // another was asked for meanwhile
      this.points = points;
      this.problem.hidden = true;
    } catch (error) {
      this.sign = null; // the next update tries again
      this.problem.textContent = error.message || "The server does not answer.";
      this.problem.hidden = false;
      return;
    }
    this._colour();
    this.select(this.area);
  }

  _colour() {
    // Light text means a dark ground.
    const [r, g, b] = getComputedStyle(this.root).color.match(/[\d.]+/g).map(Number);
    this.dark = 0.3 * r + 0.59 * g + 0.11 * b > 128;
    this.groups = byColour(this.points, this.dark);
    this.legend.replaceChildren(...legendOf(this.points, this.dark));
    this._buckets();
  }

  // Where to look for the point next to the pointer: a grid of 64 by 64 lists.
  _buckets() {
    const { places, n } = this.points;
    this.grid = Array.from({ length: 4096 }, () => []);
    const cell = (value) => Math.max(0, Math.min(63, Math.floor(value * 64)));
    for (let at = 0; at < n; at += 1) this.grid[cell(places[2 * at + 1]) * 64 + cell(places[2 * at])].push(at);
  }

  fit() {
    const width = this.stage.clientWidth;
    const height = this.data?.height_px ?? 460;
    const ratio = window.devicePixelRatio || 1;
    if (!width) return;
    this.canvas.style.height = `${height}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.size = { width, height, ratio };
    this.draw();
  }

  // The map is drawn up to 1.8 times as wide as high: its directions mean nothing, and there is room beside it.
  _unit() {
    const { width, height } = this.size;
    const across = Math.min(width, 1.8 * height) * (1 - 2 * INSET);
    const up = height * (1 - 2 * INSET);
    const { scale } = this.view;
    return { across: across * scale, up: up * scale, left: (width - across) / 2, bottom: (height - up) / 2 };
  }

  toScreen(x, y) {
    const { across, up, left, bottom } = this._unit();
    return [left + (x - this.view.x) * across, this.size.height - bottom - (y - this.view.y) * up];
  }

  toMap(px, py) {
    const { across, up, left, bottom } = this._unit();
    return [(px - left) / across + this.view.x, (this.size.height - bottom - py) / up + this.view.y];
  }

  look(x, y, scale) {
    this.view = { x, y, scale };
    this.draw();
    this.tell();
  }

  zoom(factor, px, py) {
    const [x, y] = this.toMap(px, py);
    this.view.scale = Math.max(1, Math.min(60, this.view.scale * factor));
    const [x2, y2] = this.toMap(px, py);
    this.look(this.view.x + x - x2, this.view.y + y - y2, this.view.scale);
    if (this.view.scale === 1) this.look(0, 0, 1);
  }

  draw() {
    if (!this.size || !this.points) return;
    const pen = this.canvas.getContext("2d");
    const { ratio, width, height } = this.size;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { places, n } = this.points;
    const first = n > 20000 ? 2 : n > 2000 ? 2.8 : 4;
    const side = Math.max(1.6, Math.min(6, first * Math.sqrt(this.view.scale)));
    const { across, up, left, bottom } = this._unit();
    const low = height - bottom;
    for (const [colour, members] of this.groups ?? []) {
      pen.fillStyle = colour;
      pen.globalAlpha = colour === NOT_MEASURED ? 0.45 : 0.8;
      for (const at of members) {
        const px = left + (places[2 * at] - this.view.x) * across;
        const py = low - (places[2 * at + 1] - this.view.y) * up;
        if (px > -side && py > -side && px < width + side && py < height + side) pen.fillRect(px - side / 2, py - side / 2, side, side);
      }
    }
    pen.globalAlpha = 1;
    const line = this.drawing ?? this.area;
    if (line?.length > 1) this._outline(pen, line);
    if (this.under !== undefined && this.under !== null) this._ring(pen, this.under);
  }

  _outline(pen, line) {
    const style = getComputedStyle(this.root);
    pen.beginPath();
    line.forEach(([x, y], index) => pen[index ? "lineTo" : "moveTo"](...this.toScreen(x, y)));
    pen.closePath();
    pen.fillStyle = style.color;
    pen.globalAlpha = 0.1;
    pen.fill();
    pen.globalAlpha = 1;
    pen.strokeStyle = style.color;
    pen.lineWidth = 1.5;
    pen.setLineDash([5, 3]);
    pen.stroke();
    pen.setLineDash([]);
  }

  _ring(pen, at) {
    const [px, py] = this.toScreen(this.points.places[2 * at], this.points.places[2 * at + 1]);
    pen.beginPath();
    pen.arc(px, py, 6, 0, 2 * Math.PI);
    pen.strokeStyle = getComputedStyle(this.root).color;
    pen.lineWidth = 2;
    pen.stroke();
  }

  select(area) {
    this.area = area;
    this.draw();
    this.tell();
  }

  // What the button would open: the drawn area, else what is in sight.
  _corners() {
    if (this.area) return rounded(this.area);
    const { width, height } = this.size;
    const [x1, y1] = this.toMap(0, height);
    const [x2, y2] = this.toMap(width, 0);
    return rounded([[x1, y1], [x2, y1], [x2, y2], [x1, y2]]);
  }

  tell() {
    if (!this.points || !this.size) return;
    const { n, images } = this.points;
    const corners = this._corners();
    const count = countInside(this.points, corners);
    const about = n < images;
    const number = (about ? Math.round((count * images) / n) : count).toLocaleString("en");
    this.openButton.textContent = `Open ${about ? "about " : ""}${number} ${this.area ? "in the area" : "in sight"} →`;
    this.openButton.disabled = !count;
    this.clear.hidden = !this.area;
    this.reset.hidden = this.view.scale === 1;
    this.drawn.textContent = about ? `${n.toLocaleString("en")} of ${images.toLocaleString("en")} images drawn, by chance` : `${n.toLocaleString("en")} images`;
  }

  open() {
    this.opened(termOf(this._corners()));
  }

  nearest(px, py) {
    if (!this.grid) return null;
    const [x, y] = this.toMap(px, py);
    const { across, up } = this._unit();
    const [wide, high] = [NEAR_PX / across, NEAR_PX / up];
    const cell = (value) => Math.max(0, Math.min(63, Math.floor(value * 64)));
    let best = null;
    let least = NEAR_PX * NEAR_PX;
    for (let row = cell(y - high); row <= cell(y + high); row += 1) {
      for (let column = cell(x - wide); column <= cell(x + wide); column += 1) {
        for (const at of this.grid[row * 64 + column]) {
          const away = ((this.points.places[2 * at] - x) * across) ** 2 + ((this.points.places[2 * at + 1] - y) * up) ** 2;
          if (away < least) [best, least] = [at, away];
        }
      }
    }
    return best;
  }

  show(at, px, py) {
    if (at !== this.under) {
      this.under = at;
      this.draw();
      this.peek.hidden = at === null;
      if (at !== null) {
        const row = this.points.rows[at];
        this.picture.src = `${this.data.base}/errata/thumbnail/${this.data.dataset}/${row}`;
        this._name(row);
      }
    }
    if (at === null) return;
    this.peek.style.left = `${px > this.size.width - 160 ? px - 148 : px + 14}px`;
    this.peek.style.top = `${Math.max(4, Math.min(this.size.height - this.peek.offsetHeight - 4, py - 70))}px`;
  }

  // The name and the labels are asked for once the pointer rests.
  _name(row) {
    clearTimeout(this.asking);
    const known = this.told.get(row);
    [this.peekName.textContent, this.peekLabels.textContent] = known ?? ["\u00a0", "\u00a0"];
    if (!known) this.asking = setTimeout(() => this._ask(row), RESTS_MS);
  }

  async _ask(row) {
    const { sign } = this;
    const response = await fetch(`${this.data.base}/errata/map/${this.data.dataset}/${row}`, { credentials: "same-origin" }).catch(() => null);
    const found = response?.ok ? await response.json().catch(() => null) : null;
    if (sign !== this.sign) return;
    if (found) this.told.set(row, toldOf(found));
    if (this.under === null || this.points.rows[this.under] !== row) return;
    [this.peekName.textContent, this.peekLabels.textContent] = this.told.get(row) ?? [`image ${row.toLocaleString("en")}`, ""];
  }

  _listen() {
    const { canvas } = this;
    const place = (event) => [event.offsetX, event.offsetY];
    canvas.addEventListener("wheel", (event) => {
      if (event.deltaY > 0 && this.view.scale === 1) return; // all is in sight: the page scrolls on
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), ...place(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.points || event.button > 1) return;
      canvas.setPointerCapture(event.pointerId);
      this.show(null);
      if (event.button === 1 || event.altKey || event.shiftKey) this.moving = { from: place(event), view: { ...this.view } };
      else this.drawing = [this.toMap(...place(event))];
      canvas.focus({ preventScroll: true });
      event.preventDefault();
    });
    canvas.addEventListener("pointermove", (event) => {
      const [px, py] = place(event);
      if (this.moving) {
        const { across, up } = this._unit();
        const { from, view } = this.moving;
        this.look(view.x - (px - from[0]) / across, view.y + (py - from[1]) / up, this.view.scale);
      } else if (this.drawing) {
        this.drawing.push(this.toMap(px, py));
        this.draw();
      } else if (this.points) this.show(this.nearest(px, py), px, py);
    });
    const end = () => {
      const drawn = this.drawing;
      this.drawing = null;
      this.moving = null;
      if (!drawn) return;
      // A click without a way is no area: it takes the area away.
      this.select(drawn.length > 4 ? simplified(drawn) : null);
    };
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
    canvas.addEventListener("pointerleave", () => this.points && this.show(null));
    canvas.addEventListener("dblclick", () => this.look(0, 0, 1));
    canvas.addEventListener("keydown", (event) => this._key(event));
  }

  _key(event) {
    if (!this.points || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = 0.15 / this.view.scale;
    const middle = [this.size.width / 2, this.size.height / 2];
    const acts = {
      "+": () => this.zoom(1.3, ...middle), "=": () => this.zoom(1.3, ...middle), "-": () => this.zoom(1 / 1.3, ...middle),
      ArrowLeft: () => this.look(this.view.x - step, this.view.y, this.view.scale),
      ArrowRight: () => this.look(this.view.x + step, this.view.y, this.view.scale),
      ArrowUp: () => this.look(this.view.x, this.view.y + step, this.view.scale),
      ArrowDown: () => this.look(this.view.x, this.view.y - step, this.view.scale),
      Escape: () => this.select(null), Enter: () => this.open(), 0: () => this.look(0, 0, 1),
    };
    if (!acts[event.key]) return;
    acts[event.key]();
    event.preventDefault();
    event.stopPropagation();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  if (!maps.has(parentElement)) maps.set(parentElement, new EmbeddingMap(parentElement));
  const map = maps.get(parentElement);
  map.update(data, (term) => setTriggerValue("opened", term));
  return () => {
    if (!map.root.isConnected) map.resizer.disconnect();
  };
}
