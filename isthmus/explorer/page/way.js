// The way between two items: in code, and in pixels beside it.

import { get } from "./api.js";
import { at, make, short } from "./dom.js";
import { rows } from "./card.js";

const CHANGING = 6, STOPS = [0, 2, 4, 6, 8];

/** Show the way; gives its places on the map. */
export async function showWay(run, a, b, close) {
  const query = `first=${a.index}&last=${b.index}`;
  const way = await get(`path?${query}`);
  const head = make("h2", {}, "From ", make("b", {}, short(a.id)), named(a), " to ", make("b", {}, short(b.id)), named(b));
  const shut = make("button", { class: "quiet", onclick: close, "aria-label": "Close the path" }, "Close");
  const parts = [make("div", { class: "head" }, head, shut)];
  if (!run.is_table) {
    parts.push(strip("In code", `api/path/code.png?${query}`, "each picture decoded from a code between the two"));
    parts.push(strip("In pixels", `api/path/pixels.png?${query}`, "the two pictures blended"));
  } else {
    parts.push(table(run, way.rows.code));
  }
  at("path").replaceChildren(...parts);
  at("path").hidden = false;
  return way.places;
}

export function hideWay() { at("path").hidden = true; }

const named = (item) => (item.label ? ` (${item.label})` : "");

function strip(name, src, alt) {
  return make("figure", { class: "strip" }, make("figcaption", {}, name), make("img", { src, alt }));
}

/** Of rows those columns that change most on the way. */
function table(run, steps) {
  const change = run.columns.map((_, i) => {
    const values = steps.map((row) => row[i]);
    if (values.some((value) => typeof value !== "number")) return new Set(values).size > 1 ? 1 : 0;
    const size = Math.max(...values.map(Math.abs)) || 1;
    return Math.abs(values.at(-1) - values[0]) / size;
  });
  const most = run.columns.map((_, i) => i).sort((i, j) => change[j] - change[i]).slice(0, CHANGING);
  const at4 = (row) => most.map((i) => row[i]);
  return rows(most.map((i) => run.columns[i]), STOPS.map((stop) => [`${stop * 12.5} %`, at4(steps[stop])]));
}
