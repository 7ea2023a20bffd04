// The controller: commands in, what the reader sees out.

import { Corrections } from "./corrections.mjs";
import { Grid } from "./grid.mjs";
import { Empty, Help, Notices, Toolbar } from "./bars.mjs";
import { Inspector } from "./inspector.mjs";
import { Keyboard } from "./keyboard.mjs";
import { PictureList } from "./list.mjs";
import { Server } from "./server.mjs";
import { Thumbnails } from "./thumbnails.mjs";
import { actionsOf } from "./actions.mjs";
import { actedOn, moveTo, selectNone, target, toggleAt } from "./selection.mjs";
import { carryOut } from "./commands.mjs";
import { paintTile } from "./tile.mjs";
import { comfortableSize, heightLeft } from "./layout.mjs";
import { h } from "./elements.mjs";
import { makeKeymap } from "./keymap.mjs";
import { habit, keepPlace, readName, recallPlace, writeName } from "./memory.mjs";
import { staysOfGroup } from "./operations.mjs";
import { noticesOf, toolbarOf, viewOf } from "./view.mjs";
import { Wheres } from "./where.mjs";
import { doneText } from "./words.mjs";

const MOMENT_MS = 3500; // as long as it is told what a label's key did
let mounted = 0;

// An image with two errors is shown twice.
function nounOf(source, query) {
  if (source !== "items") return "picture";
  return query.part === "train" ? "image–label pair" : "error";
}

export class Gallery {
  constructor(parent) {
    mounted += 1;
    this.lists = [];
    this.hint = "";
    this.confirming = ""; // what a bulk accept would do, while it waits for its second Enter
    this.asking = false;
    this.pinned = false;
    this.advance = habit("advance") !== "off";
    this.size = Number(habit("size")) || null;
    const actions = actionsOf(this);
    this.toolbar = new Toolbar(actions);
    this.notices = new Notices(actions);
    this.help = new Help();
    this.inspector = new Inspector(actions);
    this.grid = new Grid({
      name: `picture-${mounted}`,
      paint: (tile, index) => paintTile(tile, viewOf(this), index),
      onPick: (index, how) => this.pick(index, how),
      onSight: (first, last) => this._wantThumbnails(first, last),
      onNear: () => this.list?.more(),
    });
    this.empty = new Empty(actions);
    this.stage = h("div", { class: "pictures" }, this.grid.frame, this.empty.root, this.notices.hint);
    this.root = h("div", { class: "gallery" }, this.toolbar.root, this.notices.root, h("div", { class: "halves" }, this.stage, this.inspector.root), this.help.root);
    parent.append(this.root);
    this.keyboard = new Keyboard(this);
    this.refit = () => this.fit();
    window.addEventListener("resize", this.refit);
    this.outside = new ResizeObserver(this.refit);
    const block = this.root.getRootNode().host?.closest("[data-testid=stMainBlockContainer]");
    if (block) this.outside.observe(block);
  }

  get list() {
    return this.lists.at(-1);
  }

  get item() {
    return this.list?.items[this.list.selection.cursor] ?? null;
  }

  update(data, trigger) {
    this.trigger = trigger;
    const before = this.data;
    this.data = data;
    const same = (name) => before && JSON.stringify(before[name]) === JSON.stringify(data[name]);
    if (!same("dataset") || !same("labels") || !same("token")) this._newDataset(same("dataset"));
    const sameList = same("dataset") && same("labels") && same("query") && same("source");
    this.corrections.queue.name(readName() || data.author || this.corrections.queue.author);
    if (!sameList) this.open();
    this.fit();
    this.paintBars();
  }

  _newDataset(samePictures) {
    const { dataset, labels, causes, token } = this.data;
    this.server = new Server(token);
    this.wheres ??= new Wheres((id) => this.server.where(id));
    this.labels = new Map(labels.map((label) => [label.id, label]));
    this.causes = new Map(causes.map((cause) => [cause.word, cause]));
    this.keymap = makeKeymap(labels, causes);
    if (!samePictures) {
      this.thumbnails?.clear();
      this.thumbnails = new Thumbnails((rows) => this.server.thumbnails(this.data.dataset, rows), (rows) => this._arrived(rows));
    }
    this.corrections = new Corrections({
      dataset, labels, server: this.server, storage: localStorage,
      onChange: () => this.repaintSoon(),
      onSaved: (count) => this.trigger("saved", { count, author: this.corrections.queue.author, at: Date.now() }),
    });
  }

  // The list that Python asked for, from its beginning or from where the reader was.
  open() {
    const { source, query, total, convincing } = this.data;
    const place = recallPlace(this._signature);
    const list = new PictureList({
      title: "", total, paged: true, hasSuggestions: source !== "browse",
      noun: nounOf(source, query),
      told: typeof convincing === "number" ? [`${convincing} convincing`] : [],
      fetchPage: (after, limit) => this.server.list(source, { ...query, after, limit }),
      onItems: (sent, items) => this.corrections.know(sent, items),
      onChange: (changed) => this._changed(changed),
    });
    this.lists = [list];
    this.grid.clear();
    // Asked for before it is shown: an empty list in sight asks for its first page itself, and not as far as the place.
    const arrived = list.more(place ? place.index + 60 : 0);
    this._show(list);
    arrived.then(() => {
      if (!place || this.list !== list || !list.items.length) return;
      const found = list.items.findIndex((item) => item.row === place.row);
      this.pick(found >= 0 ? found : Math.min(place.index, list.items.length - 1), {});
    });
  }

  async openDoubt(item) {
    const label = this.labels.get(item.label);
    this.list.scrollTop = this.grid.frame.scrollTop;
    const seen = item.kind === "FN" ? `with “${label.name}” where the model sees none` : `without “${label.name}” where the model sees it`;
    const list = new PictureList({
      title: `${seen}, nearest first`, paged: false, hasSuggestions: item.cause === "mislabel", doubt: item,
      fetchPage: () => this.server.doubt(item.id),
      onItems: (sent, items) => this.corrections.know(sent, items),
      onChange: (changed) => this._changed(changed),
    });
    this.lists.push(list);
    this.grid.clear();
    this._show(list);
    this.grid.frame.focus({ preventScroll: true });
    list.more();
  }

  _changed(list) {
    if (list === this.list) this._show(list);
  }

  _show(list) {
    const more = list.complete || list.error ? 0 : list.items.length ? this.grid.grid.columns : 24;
    this.grid.set(list.items.length, more);
    const bare = !list.items.length && (list.complete || list.error);
    this.empty.show(bare, list.error, list.doubt ? "No such training image is left to look at." : this.data.empty);
    this.grid.frame.hidden = Boolean(bare);
    this.grid.paintAll();
    this.paintInspector();
    this.paintBars();
  }

  run(command) {
    if (this.list) carryOut(this, command);
  }

  acted() {
    return actedOn(this.list.selection, this.list.items.length).map((index) => this.list.items[index]);
  }

  move(name, extend) {
    const { list, grid } = this;
    const index = target(name, list.selection.cursor, list.items.length, grid.grid.columns, grid.page);
    this.select(moveTo(list.selection, index, extend));
    this.grid.reveal(index);
    if (list.items.length - index < 3 * grid.grid.columns) list.more();
  }

  pick(index, { toggle, extend }) {
    if (index >= this.list.items.length) return;
    this.select(toggle ? toggleAt(this.list.selection, index) : moveTo(this.list.selection, index, extend));
    this.grid.reveal(index);
  }

  select(selection) {
    const before = this.list.selection;
    this.list.selection = selection;
    const touched = new Set([before.cursor, selection.cursor, ...before.chosen, ...selection.chosen]);
    touched.forEach((index) => this.grid.paintOne(index));
    if (before.cursor !== selection.cursor) this._keepPlace();
    this.paintInspector();
    this.paintBars();
  }

  decide(command) {
    const many = this.list.selection.chosen.size > 0;
    const item = this.item;
    const told = this.corrections.decide(command, this.acted(), this.data.run, this.data.reason ?? "");
    if (told.changed && many) this.list.selection = selectNone(this.list.selection);
    if (told.changed && !told.hint && command.label !== undefined) this._toldForAMoment(command, item);
    else this._told(told);
    const own = command.label === undefined || command.label === item?.label;
    const passed = command.name === "keep" || (command.name === "accept" && staysOfGroup(item));
    if (!many && own && this.advance && (told.changed || passed)) this.move("next", false);
  }

  _told({ changed, hint }) {
    this.hint = hint;
    if (changed && !this.corrections.queue.author) this.asking = this.asking || true;
    this.repaint();
  }

  // What a key did to a label: the picture may be gone the next moment.
  _toldForAMoment({ label }, item) {
    const { name } = this.labels.get(label);
    const hint = `${doneText(this.corrections.valueOf(item.row, label).state, name)} · ${this.keymap.letters.has("z") ? "Z" : "Ctrl+Z"} undoes`;
    this._told({ changed: 1, hint });
    clearTimeout(this.moment);
    this.moment = setTimeout(() => { if (this.hint === hint) { this.hint = ""; this.paintBars(); } }, MOMENT_MS);
  }

  undo() {
    if (!this.corrections.canUndo) {
      this._told({ changed: 0, hint: "Nothing was changed here that could be undone; older changes are under History." });
      return;
    }
    const row = this.corrections.undo();
    this.repaint();
    if (row !== null) this.goToRow(row);
  }

  goToRow(row) {
    const index = this.list.items.findIndex((item) => item.row === row);
    if (index >= 0) this.pick(index, {});
  }

  escape() {
    if (this.list.selection.chosen.size) this.select(selectNone(this.list.selection));
    else if (this.lists.length > 1) {
      this.lists.pop();
      this.grid.clear();
      this._show(this.list);
      this.grid.frame.scrollTop = this.list.scrollTop;
      this.grid.window();
    }
  }

  // Only who asks for it gets the cursor into the field: keys go on meaning labels until then.
  askName() {
    this.asking = this.corrections.queue.author || true;
    this.paintBars();
    this.notices.focusName();
  }

  setName(name) {
    if (!name && this.corrections.queue.author) this.asking = false; // an old name can stay, none cannot
    if (name) {
      writeName(name);
      this.asking = false;
      this.corrections.queue.name(name);
      this.trigger("saved", { count: 0, author: name, at: Date.now() });
    }
    this.paintBars();
    this.grid.frame.focus({ preventScroll: true });
  }

  async look() {
    const item = this.item;
    if (!item || item.id === null || this.list.doubt) return;
    const where = await this.wheres.of(item.id);
    if (this.item !== item || !(this.pinned || this.keyboard.holding)) return;
    if (where.error) this._told({ changed: 0, hint: where.error });
    else this.inspector.showWhere(where);
  }

  // --- drawing

  repaintSoon() {
    if (this.asked) return;
    this.asked = requestAnimationFrame(() => { this.asked = 0; this.repaint(); });
  }

  repaint() {
    if (!this.list) return;
    this.grid.paintAll();
    this.paintInspector();
    this.paintBars();
  }

  paintInspector() {
    const { item } = this;
    const near = Object.values(item?.neighbours ?? {}).flat();
    this.thumbnails.want("inspector", item ? [item.row, ...near] : []);
    const before = this.inspector.row;
    this.inspector.show(viewOf(this), item);
    if (this.pinned && item && before !== item.row) this.look();
  }

  paintBars() {
    if (!this.list) return;
    this.toolbar.show(toolbarOf(this));
    this.notices.show(noticesOf(this));
  }

  _arrived(rows) {
    if (!this.list) return;
    const arrived = new Set(rows);
    this.grid.tiles.forEach((_, index) => { if (arrived.has(this.list.items[index]?.row)) this.grid.paintOne(index); });
    this.inspector.fill(rows);
  }

  _wantThumbnails(first, last) {
    if (this.list) this.thumbnails.want("grid", this.list.items.slice(first, last).map((item) => item.row));
  }

  // --- place and size

  get _signature() {
    return JSON.stringify([this.data.dataset.folder, this.data.source, this.data.query]);
  }

  _keepPlace() {
    if (this.lists.length === 1 && this.item) keepPlace(this._signature, { index: this.list.selection.cursor, row: this.item.row });
  }

  resize() {
    const { clientWidth, clientHeight } = this.grid.frame;
    this.grid.size = this.size ?? comfortableSize(clientWidth, clientHeight);
    this.grid.layout(this.list?.selection.cursor ?? null);
    this.paintBars();
  }

  // The gallery fills what the page leaves it, down to the bottom of the window.
  fit() {
    const height = heightLeft(this.root);
    const sign = `${height}:${this.root.clientWidth}`;
    if (sign === this.fitted) return;
    this.fitted = sign;
    this.root.style.setProperty("--height", `${height}px`);
    this.resize();
  }

  destroy() {
    this.keyboard.destroy();
    this.grid.destroy();
    clearTimeout(this.moment);
    this.outside.disconnect();
    window.removeEventListener("resize", this.refit);
    this.thumbnails?.clear();
  }
}
