// The points of the map: as the server sends them, by colour, within an area.

const MOST_CORNERS = 60;
const MOST_LABELS = 6; // below a picture
const MARKS = {
  label: { 1: ["#0072B2", "present"], 0: ["#9AA0A6", "absent"], "-1": ["#D55E00", "unknown"] },
  part: { 0: ["#0072B2", "training"], 1: ["#D55E00", "validation"], 2: ["#009E73", "test"], "-1": ["#9AA0A6", "left out"] },
};
const RAMP = ["#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838"]; // Cividis
export const NOT_MEASURED = "#9AA0A6";
// As in the charts: on a dark ground the same colours need more light.
const ON_DARK = { "#0072B2": "#5ab4ea", "#D55E00": "#ff9447", "#009E73": "#3ccaa0" };

function shown(colour, dark) {
  return (dark && ON_DARK[colour]) || colour;
}

export function element(tag, className = "", text = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

// What stands below the picture of a point: its file, without the folders, and its labels.
export function toldOf({ key, labels }) {
  const more = labels.length - MOST_LABELS;
  const names = labels.slice(0, MOST_LABELS).join(", ");
  return [key.split("/").at(-1), labels.length ? `${names}${more > 0 ? ` and ${more} more` : ""}` : "no label"];
}

// uint32 length of the header, the header as JSON, then rows (uint32), places (x, y float32) and values (float32).
export function unpackMap(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = 4 + length;
  const { n } = header;
  return {
    ...header,
    rows: new Uint32Array(buffer.slice(start, start + 4 * n)),
    places: new Float32Array(buffer.slice(start + 4 * n, start + 12 * n)),
    values: new Float32Array(buffer.slice(start + 12 * n, start + 16 * n)),
  };
}

// A drawn line with fewer corners: the corner that matters least goes first, until `most` are left.
export function simplified(corners, most = MOST_CORNERS) {
  const kept = corners.slice();
  const area = ([ax, ay], [bx, by], [cx, cy]) => Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay));
  const at = (index) => kept[(index + kept.length) % kept.length];
  while (kept.length > Math.max(3, most)) {
    let least = 0;
    let size = Infinity;
    kept.forEach((corner, index) => {
      const here = area(at(index - 1), corner, at(index + 1));
      if (here < size) [least, size] = [index, here];
    });
    kept.splice(least, 1);
  }
  return kept;
}

export function inside(x, y, corners) {
  let found = false;
  for (let a = 0, b = corners.length - 1; a < corners.length; b = a, a += 1) {
    const [ax, ay] = corners[a];
    const [bx, by] = corners[b];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) found = !found;
  }
  return found;
}

export function countInside({ places, n }, corners) {
  const [left, right] = [Math.min(...corners.map(([x]) => x)), Math.max(...corners.map(([x]) => x))];
  let count = 0;
  for (let at = 0; at < n; at += 1) {
    const x = places[2 * at];
    if (x >= left && x <= right && inside(x, places[2 * at + 1], corners)) count += 1;
  }
  return count;
}

// To four digits, a pixel on any screen: what is counted here is what a search for the same term finds.
export function rounded(corners) {
  return corners.map((corner) => corner.map((number) => Number(number.toFixed(4))));
}

// The term of a search.
export function termOf(corners) {
  const digits = (number) => String(number).replace(/^(-?)0\./, "$1.");
  return `map:${corners.map(([x, y]) => `${digits(x)},${digits(y)}`).join(";")}`;
}

// [colour, points of it] each, so that the brush changes a few times only; the rarest last, over the rest.
export function byColour({ kind, values, low, high, n }, dark) {
  const table = MARKS[kind];
  const span = high - low || 1;
  const of = (value) => {
    if (table) return shown(table[value]?.[0] ?? NOT_MEASURED, dark);
    return Number.isNaN(value) ? NOT_MEASURED : RAMP[Math.max(0, Math.min(RAMP.length - 1, Math.floor(((value - low) / span) * RAMP.length)))];
  };
  const groups = new Map();
  for (let at = 0; at < n; at += 1) {
    const colour = of(values[at]);
    if (!groups.has(colour)) groups.set(colour, []);
    groups.get(colour).push(at);
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length);
}

export function legendOf({ kind, values, low, high }, dark) {
  const table = MARKS[kind];
  if (!table) {
    const ramp = element("span", "ramp");
    ramp.style.background = `linear-gradient(to right, ${RAMP.join(", ")})`;
    const short = (number) => Number(number.toPrecision(3)).toLocaleString("en");
    return [element("span", "", short(low)), ramp, element("span", "", short(high))];
  }
  const counts = new Map();
  values.forEach((value) => counts.set(value, (counts.get(value) ?? 0) + 1));
  return Object.entries(table).filter(([value]) => counts.get(Number(value))).map(([value, [colour, word]]) => {
    const dot = element("i");
    dot.style.background = shown(colour, dark);
    const entry = element("span", "", `${word} ${counts.get(Number(value)).toLocaleString("en")}`);
    entry.prepend(dot);
    return entry;
  });
}
