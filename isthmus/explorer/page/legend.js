// What the colours mean. A click on a word leaves the others pale.

import { colourOf } from "./colours.js";
import { at, count, draw, make, number } from "./dom.js";

const PATHS = {
  s0: "M0-4.2a4.2 4.2 0 1 0 .01 0z",
  s1: "M0-5l5 8.6h-10z",
  s2: "M-4-4h8v8h-8z",
};

export function key(kind) {
  return draw("svg", { class: "key", viewBox: "-6 -6 12 12", "aria-hidden": "true" },
    draw("path", { d: PATHS[kind.split(" ")[1]], fill: colourOf(kind) }));
}

/** Draw the legend of a colouring; `chosen` hears the number of a word, or null. */
export function showLegend(colouring, chosen) {
  const { legend } = colouring;
  const parts = legend.kind === "numbers" ? ramp(colouring) : words(colouring, chosen);
  at("legend").replaceChildren(...parts);
}

function words(colouring, chosen) {
  const { legend, only } = colouring;
  const parts = legend.words.map((word, i) => make("button", {
    class: "word", "aria-pressed": String(only === i), title: `${word.name}: ${count(word.n)} items`,
    onclick: () => chosen(only === i ? null : i),
  }, key(word.kind), make("span", {}, word.name)));
  if (!legend.words.length) {
    parts.push(make("p", { class: "soft" },
      "No labels yet. Draw round some items with the lasso, and give them one."));
  } else if (legend.none) {
    parts.push(make("span", { class: "word none" }, key("c-rest s0"), make("span", {}, `${count(legend.none)} have none`)));
  }
  return parts;
}

function ramp({ legend, ramp: stops }) {
  const bar = make("span", { class: "ramp" });
  bar.style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const none = legend.none ? make("span", { class: "soft" }, `${count(legend.none)} have none`) : null;
  return [make("span", {}, number(legend.low)), bar, make("span", {}, number(legend.high)), none].filter(Boolean);
}

/** While a colouring is computed: how far it is. */
export function showProgress(name, share) {
  const bar = make("progress", { max: 1, value: share, "aria-label": name });
  at("legend").replaceChildren(make("span", { class: "soft" }, `Computing: ${name}`), bar);
}

export function showTrouble(text) {
  at("legend").replaceChildren(make("p", { class: "bad" }, text));
}
