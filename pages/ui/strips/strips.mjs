// Thumbnails in strips: one request for all pictures that came into sight together, each picture kept once.

const MOST = 120; // rows of one pack
const shown = new WeakMap(); // parentElement -> Strips

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in node && name !== "style") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

// uint32 (little-endian) length of the header, JSON {"sizes": […]}, then the pictures in order.
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const { sizes } = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  return sizes.map((size) => {
    const blob = new Blob([new Uint8Array(buffer, at, size)], { type: "image/jpeg" });
    at += size;
    return URL.createObjectURL(blob);
  });
}

class Strips {
  constructor(parent) {
    this.root = h("div", { className: "strips" });
    this.large = h("dialog", { className: "large" });
    this.large.addEventListener("click", () => this.large.close());
    parent.append(this.root, this.large);
    this.pictures = new Map(); // row -> address of its thumbnail
    this.sight = new IntersectionObserver((entries) => this._seen(entries), { rootMargin: "300px" });
    this.waiting = new Set();
  }

  update(data) {
    const text = JSON.stringify(data);
    if (text === this.text) return;
    if (this.data?.dataset !== data.dataset) this._forget();
    this.data = data;
    this.text = text;
    this.root.style.setProperty("--side", `${data.side}px`);
    this.root.classList.toggle("one-line", data.oneLine);
    this.sight.disconnect();
    this.root.replaceChildren(...data.groups.map((group) => this._group(group)));
    for (const image of this.root.querySelectorAll("img")) this.sight.observe(image);
  }

  _group({ title, note, tiles }) {
    const head = title ? h("h4", {}, h("span", { textContent: title }), h("small", { textContent: note })) : null;
    return h("section", {}, head, h("div", { className: "tiles" }, ...tiles.map((tile) => this._tile(tile))));
  }

  _tile({ row, title, detail, sentence }) {
    const image = h("img", { alt: sentence || title || `Picture ${row}` });
    image.dataset.row = row;
    if (this.pictures.has(row)) image.src = this.pictures.get(row);
    const lines = [title, detail].filter(Boolean).map((line, i) => h("span", { className: i ? "detail" : "title", textContent: line }));
    const tile = h("button", { type: "button", title: sentence }, image, ...lines);
    tile.addEventListener("click", () => this._open(row, sentence));
    return tile;
  }

  _open(row, sentence) {
    const { base, dataset } = this.data;
    const image = h("img", { src: `${base}/errata/image/${dataset}/${row}`, alt: sentence });
    this.large.replaceChildren(image, h("p", { textContent: sentence }), h("button", { type: "button", textContent: "Close" }));
    this.large.showModal();
  }

  _seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      this.sight.unobserve(target);
      const row = Number(target.dataset.row);
      if (this.pictures.has(row)) target.src = this.pictures.get(row);
      else this.waiting.add(row);
    }
    const rows = [...this.waiting].sort((a, b) => a - b);
    this.waiting.clear();
    for (let at = 0; at < rows.length; at += MOST) this._fetch(rows.slice(at, at + MOST));
  }

  async _fetch(rows) {
    const { base, dataset } = this.data;
    try {
      const answer = await fetch(`${base}/errata/thumbnails/${dataset}?rows=${rows.join(",")}`);
      if (!answer.ok) throw new Error((await answer.json()).message);
      const addresses = unpack(await answer.arrayBuffer());
      rows.forEach((row, i) => this.pictures.set(row, addresses[i]));
      delete this.root.dataset.problem;
    } catch (problem) {
      this.root.dataset.problem = `The pictures could not be loaded: ${problem.message || "the server does not answer"}`;
      return;
    }
    for (const image of this.root.querySelectorAll("img:not([src])")) {
      const address = this.pictures.get(Number(image.dataset.row));
      if (address) image.src = address;
    }
  }

  _forget() {
    for (const address of this.pictures.values()) URL.revokeObjectURL(address);
    this.pictures.clear();
  }

  leave() {
    this.sight.disconnect();
    this._forget();
  }
}

export default function ({ parentElement, data }) {
  const strips = shown.get(parentElement) ?? new Strips(parentElement);
  shown.set(parentElement, strips);
  strips.update(data);
  return () => {
    if (strips.root.isConnected) return; // called between two updates: the pictures stay
    strips.leave();
    shown.delete(parentElement);
  };
}
