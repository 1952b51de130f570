// The card: an item with what its code gives, or what lies at a place between items.

import { get } from "./api.js";
import { at, calmed, make, number, short } from "./dom.js";

const MOST_ROWS = 200;

/** A picture with its name below. */
export const picture = (src, text, alt = text) =>
  make("figure", {}, make("img", { src, alt, decoding: "async" }), make("figcaption", {}, text));

export class Card {
  constructor(run) {
    this.run = run;
    // The item that is shown or on its way, with its answer to come.
    this.asked = null;
    // The nearest item is asked for where the cursor rests: decoding comes first.
    this.beside = calmed(90, (item) => {
      const img = this.ground?.querySelector("figure + figure img");
      if (img && item !== null) img.src = `api/item/${item}/picture.png`;
    });
  }

  empty() {
    this.forget();
    at("card").replaceChildren(
      make("div", { class: "pictures" }, make("div", { class: "blank" }), make("div", { class: "blank" })),
      make("p", { class: "soft" },
        `Point at the map. On a point you see the ${this.run.noun} and what its code gives back; `
        + `between points, the ${this.run.noun} that the place itself decodes to. Click two for the way between them.`));
  }

  /** What is known of the shown item may have changed. */
  forget() {
    this.asked = null;
  }

  /** Show an item; `more` are buttons. One that is shown already stays: its sound plays on. */
  item(index, more = []) {
    if (this.asked?.index !== index) {
      const asked = { index };
      this.asked = asked;
      asked.answer = get(`item/${index}`).then((item) => {
        if (this.asked === asked) this.show(item, more);
        return item;
      });
    }
    return this.asked.answer;
  }

  show(item, more) {
    const { index } = item;
    const { run } = this, parts = [];
    if (!run.is_table) {
      parts.push(make("div", { class: "pictures" },
        picture(`api/item/${index}/picture.png`, `The ${run.noun}`, item.id),
        picture(`api/item/${index}/rebuilt.png`, `From its ${run.n_components} numbers`, "what its code gives")));
    }
    if (run.is_sound) parts.push(sounds(`api/item/${index}/sound.wav`, `api/item/${index}/rebuilt.wav`));
    parts.push(make("h2", { class: "id", title: item.id }, short(item.id)));
    parts.push(facts(item));
    if (more.length) parts.push(make("p", { class: "more" }, ...more));
    if (item.row.length) parts.push(rows(run.columns, [["item", item.row], ["from its code", item.rebuilt_row]]));
    at("card").replaceChildren(...parts);
  }

  /** Show what a place decodes to, beside the item that lies nearest. */
  place(shown, [x, y], nearest) {
    this.forget();
    const { run } = this, told = `No ${run.noun} lies here: this is what the place ${number(x)}, ${number(y)} alone decodes to.`;
    // The cursor moves on: what is there already only gets other content.
    if (this.ground?.isConnected && shown.uri && !run.is_sound) {
      this.ground.querySelector("img").src = shown.uri;
      this.ground.querySelector(".soft").textContent = told;
      this.beside(nearest);
      return;
    }
    this.ground = make("div");
    if (shown.uri) {
      this.ground.append(make("div", { class: "pictures" }, picture(shown.uri, "Decoded here"),
        nearest === null ? make("div", { class: "blank" })
          : picture(`api/item/${nearest}/picture.png`, `The nearest ${run.noun}`)));
    }
    if (run.is_sound) this.ground.append(sounds(`api/decode.wav?x=${x}&y=${y}`));
    this.ground.append(make("h2", { class: "id" }, "Between the items"), make("p", { class: "soft" }, told));
    if (shown.row?.length) this.ground.append(rows(run.columns, [["decoded here", shown.row]]));
    at("card").replaceChildren(this.ground);
  }

  trouble(text) {
    this.forget();
    at("card").replaceChildren(make("p", { class: "bad" }, text));
  }
}

function facts(item) {
  const list = [
    ["label", item.label], ["your label", item.given], ["in the fit", item.split],
    ["error", number(item.error)], ["anomaly score", item.score === null ? null : `${number(item.score)} nats`],
  ];
  return make("dl", { class: "facts" }, ...list.filter(([, value]) => value).flatMap(
    ([name, value]) => [make("dt", {}, name), make("dd", {}, value)]));
}

const sounds = (...addresses) => make("div", { class: "sounds" }, ...addresses.map((src, i) =>
  make("audio", { controls: true, preload: "none", src, "aria-label": i ? "from its code" : "the sound" })));

/** Values by their names: a table with a column for each of some rows. */
export function rows(names, columns) {
  const head = make("tr", {}, make("th"), ...columns.map(([name]) => make("th", { scope: "col" }, name)));
  const cell = (value) => make("td", {}, typeof value === "number" ? number(value) : value ?? "–");
  const lines = names.slice(0, MOST_ROWS).map((name, i) =>
    make("tr", {}, make("th", { scope: "row", title: name }, name), ...columns.map(([, row]) => cell(row[i]))));
  const left = names.length - lines.length;
  return make("div", { class: "scroll" },
    make("table", {}, make("thead", {}, head), make("tbody", {}, ...lines)),
    left > 0 ? make("p", { class: "soft" }, `and ${left} columns more`) : null);
}
