// The page's own part: it hands the data of the sweep to DataTables and to plotly, and joins the two.
"use strict";

const read = (id) => JSON.parse(document.getElementById(id).textContent);
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const table = read("rows");
const figures = read("figures");
const curves = read("curves");
let kept = null; // the trials that pass every brush; null: all

function template() {
  const [text, grid] = dark.matches ? ["#e6e6e6", "#3a3d42"] : ["#1c1c1e", "#dddddd"];
  const axis = { gridcolor: grid, zerolinecolor: grid, linecolor: grid, tickcolor: grid };
  const font = { color: text, family: "system-ui, sans-serif", size: 12 };
  const plain = { color: text, size: 11 };
  return {
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font, xaxis: axis, yaxis: axis,
      modebar: { bgcolor: "rgba(0,0,0,0)", color: "#8c8c8c", activecolor: text },
      hoverlabel: { bgcolor: dark.matches ? "#2a2d31" : "#ffffff", font: { color: text } },
    },
    data: { parcoords: [{ labelfont: { color: text, size: 12 }, tickfont: plain, rangefont: plain }] },
  };
}

const CONFIG = {
  responsive: true, displaylogo: false,
  modeBarButtonsToRemove: ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d"],
};

function draw(place, figure) {
  const layout = { ...figure.layout, template: template(), height: figure.height };
  return Plotly.newPlot(place, figure.data, layout, CONFIG).then(() => { place.dataset.drawn = "yes"; });
}

// Pictures are drawn when they come into sight, so that the page opens at once.
function whenSeen(place, act) {
  const seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) { seen.disconnect(); act(); }
  }, { rootMargin: "400px" });
  seen.observe(place);
}

for (const place of document.querySelectorAll("[data-figure]")) {
  whenSeen(place, () => draw(place, figures[place.dataset.figure]).then(() => {
    if (place.dataset.figure.startsWith("parallel")) place.on("plotly_restyle", () => brush(place));
  }));
}
dark.addEventListener("change", () => {
  for (const place of document.querySelectorAll(".plot[data-drawn]")) Plotly.relayout(place, { template: template() });
});

// ---- brushing: the trials that pass every range of the parallel coordinates are kept in the table

function within(value, range) {
  if (!range) return true;
  return (Array.isArray(range[0]) ? range : [range]).some(([low, high]) => value >= low && value <= high);
}

function brush(place) {
  const trace = place.data[0];
  const brushed = trace.dimensions.some((one) => one.constraintrange);
  const all = trace.customdata;
  kept = brushed
    ? new Set(all.filter((_, at) => trace.dimensions.every((one) => within(one.values[at], one.constraintrange))))
    : null;
  document.getElementById("unbrush").hidden = !kept;
  document.getElementById("brushed").textContent =
    kept ? `${kept.size} of ${all.length} trials pass; the table shows them alone.` : "";
  if (window.grid) window.grid.draw();
}

document.getElementById("unbrush").addEventListener("click", () => {
  const place = document.querySelector('[data-figure="parallel-0"]');
  const names = place.data[0].dimensions.map((_, at) => [`dimensions[${at}].constraintrange`, null]);
  Plotly.restyle(place, Object.fromEntries(names));
});

// ---- the table

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => ESCAPES[one]);
const isNumber = (value) => typeof value === "number";
const short = (value) => (isNumber(value) && !Number.isInteger(value) ? String(Number(value.toPrecision(6))) : value);

// Numbers first, then texts, then infinities; what is missing or NaN comes last, whatever the direction.
// A whole number that a double cannot hold comes as its digits; in a column of texts, digits are a text.
const INFINITE = { inf: Infinity, "-inf": -Infinity };
function ranked(value, texts) {
  if (value === null || (value === "NaN" && !texts)) return [3, 0];
  if (isNumber(value)) return [0, value];
  if (!texts && Object.hasOwn(INFINITE, value)) return [2, INFINITE[value]];
  return !texts && /^-?\d{16,}$/.test(value) ? [0, BigInt(value)] : [1, value];
}
function order(direction, texts) {
  return (a, b) => {
    const [[x, left], [y, right]] = [ranked(a, texts), ranked(b, texts)];
    return x - y || direction * (left < right ? -1 : left > right ? 1 : 0);
  };
}

async function tables() {
  const url = URL.createObjectURL(new Blob([read("tables-module")], { type: "text/javascript" }));
  const { default: DataTable, jQuery } = await import(url);
  URL.revokeObjectURL(url);
  document.documentElement.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", () => document.documentElement.classList.toggle("dark", dark.matches));
  for (const texts of [false, true]) {
    DataTable.ext.type.order[`${texts ? "text" : "value"}-asc`] = order(1, texts);
    DataTable.ext.type.order[`${texts ? "text" : "value"}-desc`] = order(-1, texts);
  }
  DataTable.ext.search.push((_, __, ___, row) => kept === null || kept.has(row[0]));
  const columns = table.columns.map(({ name, numbers, texts }, place) => ({
    title: escaped(name),
    className: numbers ? "number" : "",
    type: texts ? "text" : "value",
    render: (_, kind, row) => {
      const value = row[place];
      if (kind === "display") return value === null ? "" : escaped(short(value));
      return kind === "filter" ? (value === null ? "" : String(short(value))) : value; // filtered as it is seen
    },
    columnControl: { target: 1, content: [numbers ? "searchNumber" : "searchText"] },
  }));
  const data = table.rows;
  window.grid = new DataTable("#trials", {
    data, columns, order: [], pageLength: 10, lengthMenu: [10, 25, 100, 1000], deferRender: true, autoWidth: false,
    columnControl: [{ target: 0, content: ["order"] }],
    ordering: { indicators: false, handler: true },
  });
  document.getElementById("trials").dataset.drawn = "yes";
}

// ---- learning curves

const COLOURS = { best: "#54a24b", median: "#4c78a8", worst: "#e4572e" };

// A metric that was not given at every step has steps of its own.
function points(one, metric) {
  const [x, y] = Array.isArray(one.y[metric]) ? [one.x, one.y[metric]] : [one.y[metric].x, one.y[metric].y];
  return { x, y, mode: y.length < 30 ? "lines+markers" : "lines" };
}

function curveFigure(metric, all) {
  const ranked = curves.trials.some((one) => one.role);
  const shown = curves.trials.filter((one) => (all || !ranked || one.role) && one.y[metric]);
  const trace = (one) => ({
    type: "scatter", ...points(one, metric),
    name: one.role ? `${one.role} (trial ${one.trial})` : `trial ${one.trial}${one.state === "completed" ? "" : ", " + one.state}`,
    line: { width: one.role ? 2.5 : 1, color: COLOURS[one.role] || "#8c8c8c" },
    opacity: one.role || !ranked ? 1 : 0.35, showlegend: Boolean(one.role), connectgaps: false,
  });
  return {
    data: [...shown.filter((one) => !one.role), ...shown.filter((one) => one.role)].map(trace),
    height: 380,
    layout: {
      xaxis: { title: { text: curves.axis }, automargin: true },
      yaxis: { title: { text: curves.metrics[metric] }, automargin: true },
      legend: { orientation: "h", y: 1.02, yanchor: "bottom" }, margin: { l: 50, r: 10, t: 30, b: 40 }, hovermode: "closest",
    },
  };
}

if (curves) {
  const place = document.getElementById("curve-plot");
  const [metric, all] = [document.getElementById("curve-metric"), document.getElementById("curve-all")];
  const again = () => draw(place, curveFigure(Number(metric.value), all.checked));
  metric.addEventListener("change", again);
  all.addEventListener("change", again);
  whenSeen(place, again);
}

tables();
