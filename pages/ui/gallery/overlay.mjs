// Where the model looked: an array of -1..1 drawn over the picture, dark where it did not look.

const SHADE = [8, 10, 24]; // RGB of the veil over what the model ignored
const GLOW = [255, 214, 10];

// RGBA bytes, row by row: a veil that lifts with the value and glows at the top end.
export function veil({ height, width, values }) {
  const top = Math.max(...values, 1e-6);
  const bytes = new Uint8ClampedArray(height * width * 4);
  values.forEach((value, i) => {
    const share = Math.max(0, value) / top; // what speaks against the label stays under the veil
    const colour = share > 0.5 ? GLOW : SHADE;
    const strength = share > 0.5 ? (share - 0.5) * 0.7 : 0.78 * (1 - share / 0.5);
    bytes.set([...colour, 255 * strength], i * 4);
  });
  return bytes;
}

export function draw(canvas, where) {
  canvas.width = where.width;
  canvas.height = where.height;
  canvas.getContext("2d").putImageData(new ImageData(veil(where), where.width, where.height), 0, 0);
}
