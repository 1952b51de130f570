// A file from outside: encoded, placed, its neighbours and its score.

import { getWhenDone, send } from "./api.js";
import { picture, rows } from "./card.js";
import { thumb } from "./chosen.js";
import { at, make, number, short } from "./dom.js";

export class Drop {
  /** `placed` hears the items of a file, or an empty list; `pick` an item that was clicked. */
  constructor(run, { placed, pick }) {
    Object.assign(this, { run, placed, pick });
    this.input = make("input", { type: "file", hidden: true, onchange: () => this.take(this.input.files) });
    this.rest();
    let depth = 0;
    const files = (event) => event.dataTransfer?.types.includes("Files");
    const over = (on) => { at("dropzone").hidden = !on; };
    addEventListener("dragenter", (event) => { if (files(event)) { depth++; over(true); } });
    addEventListener("dragleave", (event) => { if (files(event) && --depth <= 0) { depth = 0; over(false); } });
    addEventListener("dragover", (event) => { if (files(event)) event.preventDefault(); });
    addEventListener("drop", (event) => {
      if (!files(event)) return;
      event.preventDefault();
      depth = 0;
      over(false);
      this.take(event.dataTransfer.files);
    });
  }

  opener(text) {
    return make("button", { class: "open", onclick: () => this.input.click() }, text);
  }

  rest() {
    this.placed([]);
    const what = { picture: "a picture", sound: "a sound", row: "a table of rows" }[this.run.noun];
    at("dropped").replaceChildren(this.input, make("p", { class: "invite soft" },
      `Drop ${what} of your own anywhere, or `, this.opener("open a file"), "."));
  }

  async take(list) {
    const file = list[0];
    this.input.value = "";
    if (!file) return;
    at("dropped").replaceChildren(this.input, make("h2", {}, short(file.name)), make("div", { class: "blank line" }));
    try {
      const found = await send(`dropped?name=${encodeURIComponent(file.name)}`, file);
      this.show(file.name, found);
    } catch (error) {
      this.placed([]);
      at("dropped").replaceChildren(this.input, this.head(short(file.name)), make("p", { class: "bad" }, error.message), this.opener("Open another file"));
    }
  }

  head(text) {
    return make("div", { class: "head" }, make("h2", { class: "id", title: text }, text),
      make("button", { class: "quiet", onclick: () => this.rest() }, "Clear"));
  }

  show(name, { number: file, items, total }) {
    const { run } = this, parts = [this.input, this.head(short(name))];
    if (total > items.length) parts.push(make("p", { class: "soft" }, `The first ${items.length} of ${total} items.`));
    items.forEach((item, i) => {
      const address = `api/dropped/${file}/${i}`;
      if (!run.is_table) {
        parts.push(make("div", { class: "pictures" },
          picture(`${address}/picture.png`, `Your ${run.noun}`), picture(`${address}/rebuilt.png`, `From its ${run.n_components} numbers`)));
      } else if (items.length === 1) {
        parts.push(rows(run.columns, [["your row", item.row]]));
      }
      const score = make("p", { class: "told" }, "How odd it is: computing …");
      parts.push(make("p", { class: "told" }, "Error ", make("b", {}, number(item.error))), score);
      this.score(file, i, score);
      parts.push(make("p", { class: "soft" }, "Nearest by code:"));
      parts.push(make("div", { class: "thumbs" }, ...item.neighbours.map((other) => thumb(run, other, this.pick))));
    });
    at("dropped").replaceChildren(...parts);
    this.placed(items.map(({ place, places }) => ({ place, neighbours: places })));
  }

  async score(file, i, line) {
    try {
      const found = await getWhenDone(`dropped/${file}/${i}/score`);
      line.replaceChildren("Anomaly score ", make("b", {}, `${number(found.score)} nats`),
        found.odd ? ": odd" : ": not odd", ` (p = ${number(found.p_value)})`);
    } catch (error) {
      line.className = "bad";
      line.replaceChildren(error.message);
    }
  }
}
