// The table of labels: found by typing, sorted by a click, and every action one click away.

const shown = new WeakMap(); // parentElement -> Table
const FEW = 9; // labels that need no field to find one
const COLUMNS = [
  ["name", "label", "By name"],
  ["key", "key", "The key that toggles it in the gallery"],
  ["present", "present", "Images that have it"],
  ["verified", "verified", "Images where a person has looked"],
  ["unknown", "unknown", "Images where nobody has said"],
  ["implies", "implies", "What an image with it has, too"],
];
const WEIGHTY = [["merge", "Merge", "Make one label of two"], ["split", "Split", "Split a new label off it"], ["remove", "Remove", "Take it out of the list"]];

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null));
  return node;
}

const number = (value) => value.toLocaleString("en");

export function fits(label, wanted) {
  const text = `${label.name} ${label.description} ${label.implies.join(" ")}`.toLowerCase();
  return wanted.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

export function sorted(labels, column, down) {
  const value = (label) => (column === "implies" ? label.implies.length : label[column]);
  const by = (a, b) => (typeof value(a) === "number" ? value(a) - value(b) : value(a).localeCompare(value(b)));
  return [...labels].sort((a, b) => (down ? -by(a, b) : by(a, b)) || a.position - b.position);
}

class Table {
  constructor(parent) {
    this.order = { column: null, down: false };
    this.wanted = h("input", { type: "search", placeholder: "find a label", "aria-label": "Find a label", oninput: () => this.rows() });
    this.count = h("span", { class: "count", role: "status" });
    this.head = h("tr");
    this.body = h("tbody");
    this.table = h("div", { class: "frame" }, h("table", {}, h("thead", {}, this.head), this.body));
    this.bar = h("div", { class: "bar" }, this.wanted, this.count);
    this.root = h("div", { class: "labels" }, this.bar, this.table);
    parent.append(this.root);
  }

  update(data, trigger) {
    this.trigger = trigger;
    const text = JSON.stringify(data);
    if (text === this.text) return;
    this.text = text;
    this.data = data;
    this.bar.hidden = data.labels.length < FEW;
    this.heads();
    this.rows();
  }

  act(label, what) {
    // A number beside, so that the same action asked for twice is news each time.
    this.trigger("act", { label: label.id, do: what, at: Date.now() });
  }

  heads() {
    const numbers = new Set(["present", "verified", "unknown"]);
    this.head.replaceChildren(...COLUMNS.map(([column, words, meaning]) => {
      const mine = this.order.column === column;
      const sign = mine ? (this.order.down ? " ↓" : " ↑") : "";
      const button = h("button", { type: "button", title: `${meaning}. Click to sort.`, onclick: () => this.sort(column, numbers.has(column)) }, words + sign);
      return h("th", { class: numbers.has(column) ? `number ${column}` : column, scope: "col", "aria-sort": mine ? (this.order.down ? "descending" : "ascending") : "none" }, button);
    }), h("th", { class: "acts" }, h("span", {}, "change")));
  }

  // The numbers begin with the largest; a third click brings the order of the data set back.
  sort(column, large) {
    const { column: old, down } = this.order;
    if (old !== column) this.order = { column, down: large };
    else this.order = down === large ? { column, down: !large } : { column: null, down: false };
    this.heads();
    this.rows();
  }

  rows() {
    const wanted = this.wanted.value.trim();
    const all = this.data.labels;
    const found = all.filter((label) => fits(label, wanted));
    const { column, down } = this.order;
    const listed = column === null ? found : sorted(found, column, down);
    this.count.textContent = wanted ? `${number(found.length)} of ${number(all.length)} labels` : `${number(all.length)} labels`;
    const none = h("tr", {}, h("td", { class: "none", colspan: COLUMNS.length + 1 }, `No label is called “${wanted}”.`));
    this.body.replaceChildren(...(listed.length ? listed.map((label) => this.row(label)) : [none]));
  }

  row(label) {
    const cell = (kind, ...inside) => h("td", { class: kind }, ...inside);
    return h("tr", { "data-label": label.id },
      cell("name", h("div", { class: "both" }, this.pictures(label), h("div", { class: "words" }, this.button(label, "rename", label.name, "Rename", "strong"),
        this.button(label, "describe", label.description || "describe it", "Describe", label.description ? "sentence" : "sentence empty")))),
      cell("key", this.button(label, "key", label.key ? h("kbd", {}, label.key.toUpperCase()) : "–", "Change the key")),
      this.counted(label, "present", "present"),
      cell("number verified", number(label.verified)),
      this.counted(label, "unknown", "unknown"),
      cell("implies", this.button(label, "imply", label.implies.length ? label.implies.join(", ") : "–", "Change what it implies")),
      cell("acts", h("div", {}, WEIGHTY.map(([what, word, meaning]) => this.button(label, what, word, meaning, "act")))));
  }

  pictures(label) {
    if (!label.examples.length) return null;
    return h("div", { class: "pictures" }, label.examples.slice(0, 2).map((row) => h("img", { src: `${this.data.thumbnails}/${row}`, alt: "", loading: "lazy" })));
  }

  button(label, what, inside, meaning, kind = "") {
    return h("button", { type: "button", class: kind, title: meaning, "aria-label": `${meaning}: ${label.name}`, onclick: () => this.act(label, what) }, inside);
  }

  // The pictures behind a number.
  counted(label, column, state) {
    const count = label[column];
    if (!count) return h("td", { class: `number ${column}` }, "0");
    return h("td", { class: `number ${column}` }, h("a", { href: `${this.data.gallery}&label=${label.id}&state=${state}`, target: "_self", title: `Look at the images where ${label.name} is ${state}` }, number(count)));
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const table = shown.get(parentElement) ?? new Table(parentElement);
  shown.set(parentElement, table);
  table.update(data, setTriggerValue);
  return () => {
    if (table.root.isConnected) return; // called between two updates
    shown.delete(parentElement);
  };
}
