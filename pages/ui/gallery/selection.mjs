// Cursor and selection of a list, as values: every move returns a new one.

export function emptySelection() {
  return { cursor: 0, anchor: 0, chosen: new Set() };
}

const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

// Where a move leads. `page` is the number of rows that a page of the grid shows.
export function target(name, cursor, count, columns, page) {
  if (count === 0) return 0;
  const steps = { left: -1, previous: -1, right: 1, next: 1, up: -columns, down: columns, pageUp: -columns * page, pageDown: columns * page };
  if (name === "first") return 0;
  if (name === "last") return count - 1;
  const wanted = cursor + steps[name];
  // A step down from the row before the last lands on the last picture, a step out of the grid stays.
  if (name === "up" && wanted < 0) return cursor;
  if (name === "down" && wanted >= count) return Math.floor(cursor / columns) < Math.floor((count - 1) / columns) ? count - 1 : cursor;
  return clamp(wanted, 0, count - 1);
}

export function moveTo(selection, index, extend) {
  if (!extend) return { ...selection, cursor: index, anchor: index };
  const chosen = new Set(selection.chosen);
  const [low, high] = [Math.min(selection.anchor, index), Math.max(selection.anchor, index)];
  const [oldLow, oldHigh] = [Math.min(selection.anchor, selection.cursor), Math.max(selection.anchor, selection.cursor)];
  for (let i = oldLow; i <= oldHigh; i++) chosen.delete(i);
  for (let i = low; i <= high; i++) chosen.add(i);
  return { cursor: index, anchor: selection.anchor, chosen };
}

export function toggleAt(selection, index) {
  const chosen = new Set(selection.chosen);
  if (!chosen.delete(index)) chosen.add(index);
  return { cursor: index, anchor: index, chosen };
}

export function selectAll(selection, count) {
  return { ...selection, chosen: new Set(Array.from({ length: count }, (_, i) => i)) };
}

export function selectNone(selection) {
  return { ...selection, chosen: new Set(), anchor: selection.cursor };
}

// What a key acts on: the selection, else the picture under the cursor.
export function actedOn(selection, count) {
  const chosen = [...selection.chosen].filter((i) => i < count).sort((a, b) => a - b);
  if (chosen.length) return chosen;
  return count ? [Math.min(selection.cursor, count - 1)] : [];
}
