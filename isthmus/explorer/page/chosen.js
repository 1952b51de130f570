// What was chosen with the lasso: how many, what they are, who is typical; a table, a label.

import { post, postForText } from "./api.js";
import { at, count, make, number } from "./dom.js";
import { key } from "./legend.js";

export class Chosen {
  /** `pick` hears an item that was clicked, `labelled` that labels were saved, `closed` the end. */
  constructor(run, { pick, labelled, closed }) {
    Object.assign(this, { run, pick, labelled, closed, what: null });
  }

  /** Look at some items: {polygon} or {items}. */
  async show(what, by, words = []) {
    this.what = what;
    at("chosen").hidden = false;
    at("chosen").replaceChildren(make("h2", {}, "Chosen"), make("div", { class: "blank line" }));
    try {
      const found = await post(`selection?by=${encodeURIComponent(by)}`, what);
      if (this.what === what) this.draw(found, words);
    } catch (error) {
      if (this.what !== what) return;
      at("chosen").replaceChildren(this.head("Nothing chosen"), make("p", { class: "soft" }, error.message));
    }
  }

  hide() { this.what = null; at("chosen").hidden = true; }

  head(text) {
    return make("div", { class: "head" }, make("h2", {}, text),
      make("button", { class: "quiet", onclick: () => this.closed() }, "Clear"));
  }

  draw(found, words) {
    const { run } = this, noun = found.n === 1 ? run.noun : run.noun + "s";
    const parts = [this.head(`${count(found.n)} ${noun} chosen`)];
    parts.push(make("p", { class: "soft" }, "The most typical of them:"));
    parts.push(make("div", { class: "thumbs" }, ...found.typical.map((item) => thumb(run, item, this.pick))));
    if (found.shares) parts.push(shares(found.shares, found.n));
    this.said = make("p", { class: "soft", role: "status" });
    const input = make("input", { type: "text", name: "label", maxlength: 200, placeholder: "A label for them", autocomplete: "off", list: "words", "aria-label": "A label for them" });
    parts.push(
      make("datalist", { id: "words" }, ...words.map((word) => make("option", { value: word }))),
      make("form", { class: "label", onsubmit: (event) => { event.preventDefault(); this.save(input.value); } },
        input, make("button", {}, "Save"), make("button", { type: "button", onclick: () => this.table() }, "CSV")),
      this.said);
    at("chosen").replaceChildren(...parts);
  }

  async save(label) {
    this.said.className = "soft";
    try {
      const saved = await post("labels", { ...this.what, label });
      const did = label.trim() ? `${count(saved.n)} labelled` : `${count(saved.n)} without a label now`;
      const twins = saved.twins ? ` ${count(saved.twins)} share their id with a fitted item and were left out.` : "";
      this.said.replaceChildren(`${did}, in ${saved.path}.${twins} Tell all others: `,
        make("code", {}, `isthmus classify ${this.run.folder} ${saved.path}`));
      this.labelled(label.trim());
    } catch (error) {
      this.said.className = "bad";
      this.said.replaceChildren(error.message);
    }
  }

  async table() {
    try {
      const text = await postForText("csv", this.what);
      const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
      make("a", { href, download: `${this.run.name}-chosen.csv` }).click();
      setTimeout(() => URL.revokeObjectURL(href), 1000);
    } catch (error) {
      this.said.className = "bad";
      this.said.replaceChildren(error.message);
    }
  }
}

/** A small picture of an item that can be clicked; of a row its number. */
export function thumb(run, item, pick) {
  const inner = run.is_table
    ? make("span", {}, `row ${item}`)
    : make("img", { src: `api/item/${item}/picture.png`, alt: `${run.noun} ${item}` });
  return make("button", { class: run.is_table ? "thumb words" : "thumb", onclick: () => pick(item) }, inner);
}

function shares(found, n) {
  if (found.kind === "numbers") {
    return make("p", { class: "told" }, "On average ", make("b", {}, number(found.mean)), `; all items: ${number(found.mean_of_all)}`);
  }
  const lines = found.words.map((word) => {
    const bar = make("i");
    bar.style.width = `${(100 * word.n) / n}%`;
    const name = word.name || "none";
    return make("li", { title: `${count(word.n)} of the ${count(word.of)} that are ${name}` },
      key(word.kind), make("span", { class: "name" }, name), make("span", { class: "bar" }, bar),
      make("span", { class: "n" }, percent(word.n / n)));
  });
  if (found.rest) lines.push(make("li", { class: "soft" }, `and ${count(found.rest)} of other kinds`));
  return make("ul", { class: "shares" }, ...lines);
}

/** A share; some are less than a percent, and not none. */
const percent = (share) => (share > 0 && share < 0.005 ? "< 1 %" : `${Math.round(100 * share)} %`);
