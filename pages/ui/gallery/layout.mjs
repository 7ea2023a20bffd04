// Geometry of the windowed grid: columns, rows in sight, and a size that shows two dozen pictures.

export const GAP = 8; // px between tiles
export const CHIP = 22; // px of the line under a picture
export const SMALLEST = 96;
export const LARGEST = 256;
const PADDING = 6; // px around the grid: room for the ring of the cursor

export function geometry(width, size) {
  const columns = Math.max(1, Math.floor((width - 2 * PADDING + GAP) / (size + GAP)));
  // Tiles share out what is left, so the grid ends flush with its frame.
  const side = Math.max(size, Math.floor((width - 2 * PADDING - (columns - 1) * GAP) / columns));
  return { columns, side: columns === 1 ? Math.min(side, width - 2 * PADDING) : side, step: side + GAP, rowHeight: side + CHIP + GAP };
}

export function placeOf(index, grid) {
  return { left: PADDING + (index % grid.columns) * grid.step, top: PADDING + Math.floor(index / grid.columns) * grid.rowHeight };
}

export function heightOf(count, grid) {
  return 2 * PADDING + Math.max(0, Math.ceil(count / grid.columns) * grid.rowHeight - GAP);
}

// Indices [first, last) that a frame shows, with `spare` rows on either side.
export function inSight(scrollTop, height, count, grid, spare = 2) {
  const firstRow = Math.max(0, Math.floor((scrollTop - PADDING) / grid.rowHeight) - spare);
  const lastRow = Math.ceil((scrollTop + height - PADDING) / grid.rowHeight) + spare;
  return { first: Math.min(count, firstRow * grid.columns), last: Math.min(count, Math.max(0, lastRow) * grid.columns) };
}

// The scroll position that shows a picture whole, as near to the present one as possible.
export function scrollFor(index, scrollTop, height, grid) {
  const { top } = placeOf(index, grid);
  const bottom = top + grid.rowHeight - GAP;
  if (top - PADDING < scrollTop) return top - PADDING;
  return bottom + PADDING > scrollTop + height ? bottom + PADDING - height : scrollTop;
}

export function rowsInSight(height, grid) {
  return Math.max(1, Math.floor((height - 2 * PADDING + GAP) / grid.rowHeight));
}

// The largest size up to 160 px at which at least `wanted` whole pictures are in sight.
export function comfortableSize(width, height, wanted = 24) {
  for (let size = 160; size > SMALLEST; size -= 4) {
    const grid = geometry(width, size);
    if (grid.columns * rowsInSight(height, grid) >= wanted) return size;
  }
  return SMALLEST;
}

// What the page leaves an element, down to the bottom of the window.
export function heightLeft(root, smallest = 440) {
  const scroller = root.getRootNode().host?.closest("[data-testid=stMain], section.main");
  const top = root.getBoundingClientRect().top + (scroller?.scrollTop ?? 0);
  return Math.max(smallest, Math.floor(window.innerHeight - top - 14));
}
