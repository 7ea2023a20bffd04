// Draws figures with Plotly and keeps each node: a new `data` is a Plotly.react, so zoom and hover stay.

const grids = new WeakMap(); // parentElement -> Map(panel id -> {box, plot, figure})
let library = null;

function plotly(address) {
  library ??= new Promise((done, failed) => {
    if (window.Plotly) return done(window.Plotly);
    const script = document.createElement("script");
    script.src = address;
    script.onload = () => done(window.Plotly);
    script.onerror = () => {
      library = null; // the next update tries again
      failed(new Error("The chart library could not be loaded: reload the page."));
    };
    document.head.append(script);
  });
  return library;
}

// The one template: structure from here, colours from the theme that the page has right now.
function template(parent) {
  const style = getComputedStyle(parent instanceof ShadowRoot ? parent.host : parent);
  const colour = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
  const text = colour("--st-text-color", "#1e2226");
  const quiet = colour("--st-border-color", "#cfcfcb");
  const ground = colour("--st-background-color", "#fbfbfa");
  const font = { family: colour("--st-font", "sans-serif"), size: 12, color: text };
  const axis = {
    gridcolor: "rgba(128, 128, 128, 0.2)", gridwidth: 1, zeroline: false, linecolor: quiet, automargin: true,
    ticks: "outside", ticklen: 3, tickcolor: quiet, title: { standoff: 6, font: { size: 11 } },
  };
  return {
    dark: isDark(ground),
    layout: {
      font, xaxis: axis, yaxis: axis, showlegend: false, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      margin: { l: 44, r: 12, t: 8, b: 34 }, hoverlabel: { font: { ...font, size: 12 }, bgcolor: ground, bordercolor: quiet },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: quiet, activecolor: text }, dragmode: "zoom",
      annotationdefaults: { font: { size: 11, color: text }, showarrow: false },
    },
  };
}

// Okabe-Ito lines as they are; what is written in their colours, and lines on a dark ground, need more contrast (AA).
const WRITTEN = { "#0072b2": "#005f94", "#d55e00": "#a84a00", "#009e73": "#00704f", "#9aa0a6": "#5f666d" };
const ON_DARK = { "#0072b2": "#5ab4ea", "#d55e00": "#ff9447", "#009e73": "#3ccaa0", "#9aa0a6": "#a6adb4" };

function isDark(colour) {
  const probe = document.createElement("canvas").getContext("2d");
  probe.fillStyle = colour; // the browser reads any way of writing a colour and gives #rrggbb back
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(probe.fillStyle.slice(at, at + 2), 16));
  return 0.3 * r + 0.59 * g + 0.11 * b < 128;
}

function recoloured(trace, table) {
  const other = (colour) => (typeof colour === "string" ? (table[colour.toLowerCase()] ?? colour) : colour);
  const drawn = { ...trace };
  if (trace.line?.color) drawn.line = { ...trace.line, color: other(trace.line.color) };
  if (trace.marker?.color) {
    const colour = trace.marker.color;
    drawn.marker = { ...trace.marker, color: Array.isArray(colour) ? colour.map(other) : other(colour) };
  }
  return drawn;
}

function rewritten(note, look) {
  const table = look.dark ? ON_DARK : WRITTEN;
  const colour = note.font?.color;
  const font = colour ? { ...note.font, color: table[colour.toLowerCase()] ?? colour } : note.font;
  return { ...note, ...(font && { font }) };
}

function makeGrid(parent) {
  const grid = document.createElement("div");
  grid.className = "errata-charts";
  parent.append(grid);
  const made = { grid, panels: new Map(), latest: null };
  made.resizer = new ResizeObserver((entries) => {
    for (const { target } of entries) if (target.isConnected && target.data) window.Plotly?.Plots.resize(target);
  });
  grids.set(parent, made);
  return made;
}

function makePanel(made, id) {
  const box = document.createElement("figure");
  const title = document.createElement("figcaption");
  const plot = document.createElement("div");
  plot.setAttribute("role", "img");
  box.append(title, plot);
  made.grid.append(box);
  const panel = { box, title, plot };
  made.panels.set(id, panel);
  made.resizer.observe(plot);
  return panel;
}

function fill(Plotly, made, wanted, look) {
  const panel = made.panels.get(wanted.id) ?? makePanel(made, wanted.id);
  if (panel.title.textContent !== wanted.title) panel.title.textContent = wanted.title;
  panel.title.hidden = !wanted.title;
  panel.plot.setAttribute("aria-label", wanted.description || wanted.title);
  panel.plot.style.height = `${wanted.height_px}px`;
  const layout = {
    ...wanted.layout, annotations: (wanted.layout.annotations ?? []).map((note) => rewritten(note, look)), template: { layout: look.layout }, uirevision: wanted.id, height: wanted.height_px, autosize: true,
  };
  const config = { displaylogo: false, displayModeBar: "hover", responsive: false, modeBarButtonsToRemove: ["lasso2d", "select2d", "toImage", "zoomIn2d", "zoomOut2d"] };
  const first = !panel.plot.data;
  const drawn = Plotly.react(panel.plot, look.dark ? wanted.data.map((trace) => recoloured(trace, ON_DARK)) : wanted.data, layout, config);
  if (first) {
    panel.plot.on("plotly_click", ({ points }) => {
      const at = points[0]?.customdata;
      if (at !== undefined && made.latest.clickable) made.click(at);
    });
  }
  return drawn;
}

export default async function ({ parentElement, data, setTriggerValue }) {
  const made = grids.get(parentElement) ?? makeGrid(parentElement);
  made.latest = data;
  made.click = (at) => setTriggerValue("clicked", at);
  const share = `calc((100% - ${data.columns - 1}rem) / ${data.columns})`; // never more columns than that
  made.grid.style.gridTemplateColumns = `repeat(auto-fit, minmax(min(max(${data.column_px}px, ${share}), 100%), 1fr))`;
  made.grid.classList.toggle("clickable", data.clickable);
  for (const wanted of data.panels) if (!made.panels.has(wanted.id)) makePanel(made, wanted.id).plot.style.height = `${wanted.height_px}px`;
  let Plotly;
  try {
    Plotly = await plotly(data.library);
  } catch (problem) {
    made.grid.dataset.problem = problem.message;
    return;
  }
  delete made.grid.dataset.problem;
  if (made.latest !== data) return; // a newer update overtook this one while the library was loading
  const look = template(parentElement);
  const ids = new Set(data.panels.map((wanted) => wanted.id));
  for (const [id, panel] of made.panels) {
    if (ids.has(id)) continue;
    Plotly.purge(panel.plot);
    panel.box.remove();
    made.panels.delete(id);
  }
  await Promise.all(data.panels.map((wanted) => fill(Plotly, made, wanted, look)));
  made.grid.dataset.drawn = String(Number(made.grid.dataset.drawn ?? 0) + 1);
  return () => {
    if (made.grid.isConnected) return; // called between two updates: the node stays
    made.resizer.disconnect();
    for (const panel of made.panels.values()) Plotly.purge(panel.plot);
  };
}
