// The code's size: what each costs on average, and what it makes of one item, PCA beside it.

import { getWhenDone } from "./api.js";
import { picture, rows } from "./card.js";
import { at, calmed, draw, make, number, short } from "./dom.js";

const WIDE = 320, HIGH = 110, LEFT = 4, RIGHT = 8, TOP = 8, FOOT = 18;

export class SizeSlider {
  constructor(run, changed) {
    this.run = run;
    this.item = null;
    this.size = run.n_components;
    this.changed = changed;
    this.ask = calmed(60, () => this.load());
    if (!run.ordered || run.by_code_size.length < 2) return;
    this.slider = make("input", {
      type: "range", min: 1, max: run.n_components, value: this.size, "aria-label": "Numbers in the code",
      oninput: () => this.set(Number(this.slider.value)),
    });
    this.line = make("p", { class: "told" });
    this.chart = draw("svg", { class: "chart", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": "Error by code size, with PCA" });
    this.looks = make("div");
    at("size").replaceChildren(make("h2", {}, "Size of the code"), this.chart, this.slider, this.line, this.looks);
    at("size").hidden = false;
    this.show();
  }

  set(size) {
    this.size = Math.max(1, Math.min(this.run.n_components, size || this.run.n_components));
    this.show();
    this.changed(this.size);
    if (this.slider) this.ask();
  }

  /** Look at an item, or with null at none. */
  look(item) {
    this.item = item;
    if (this.slider) this.ask();
  }

  show() {
    if (!this.slider) return;
    this.slider.value = this.size;
    this.curve();
    const own = this.run.by_code_size.find((row) => row.k === this.size);
    const words = `${this.size} ${this.size === 1 ? "number" : "numbers"}`;
    this.line.replaceChildren(make("b", {}, words), ...(own
      ? [": error ", value("ae", own.mse), ", PCA ", value("pca", own.pca_mse)]
      : [": between two sizes that were measured"]));
  }

  curve() {
    const measured = this.run.by_code_size;
    const most = Math.max(...measured.flatMap((row) => [row.mse, row.pca_mse]));
    const last = Math.log(this.run.n_components) || 1;
    const x = (k) => LEFT + (Math.log(k) / last) * (WIDE - LEFT - RIGHT);
    const y = (mse) => TOP + (1 - mse / most) * (HIGH - TOP - FOOT);
    const line = (name) => measured.map((row) => `${x(row.k).toFixed(1)},${y(row[name]).toFixed(1)}`).join(" ");
    const ticks = measured.filter((row, i) => i === 0 || i === measured.length - 1 || row.k === this.size);
    this.chart.replaceChildren(
      draw("line", { class: "axis", x1: LEFT, x2: WIDE - RIGHT, y1: HIGH - FOOT, y2: HIGH - FOOT }),
      draw("line", { class: "now", x1: x(this.size), x2: x(this.size), y1: TOP, y2: HIGH - FOOT }),
      draw("polyline", { class: "line pca", points: line("pca_mse") }),
      draw("polyline", { class: "line ae", points: line("mse") }),
      ...measured.map((row) => draw("circle", { class: "dot ae", cx: x(row.k), cy: y(row.mse), r: row.k === this.size ? 4 : 2.4 })),
      ...ticks.map((row) => draw("text", { x: x(row.k), y: HIGH - 4, "text-anchor": row.k === 1 ? "start" : row.k === this.run.n_components ? "end" : "middle" }, String(row.k))));
  }

  async load() {
    const { item, size, run } = this;
    if (!item) {
      this.looks.replaceChildren(make("p", { class: "soft" }, `Held-out error, PCA dashed. Click a ${run.noun} to see it at each size.`));
      return;
    }
    this.flight?.abort();
    this.flight = new AbortController();
    try {
      const wait = () => this.looks.replaceChildren(make("p", { class: "soft" }, "Computing PCA of the items fitted …"));
      const found = await getWhenDone(`item/${item.index}/size/${size}`, wait, this.flight.signal);
      const told = make("p", { class: "told name", title: item.id }, `${short(item.id)}: error `, value("ae", found.mse), ", PCA ", value("pca", found.pca_mse));
      const looks = run.is_table
        ? rows(run.columns, [["item", item.row], ["code", found.row], ["PCA", found.pca_row]])
        : this.pictures(item.index, size);
      this.looks.replaceChildren(told, looks);
    } catch (error) {
      if (error.name !== "AbortError") this.looks.replaceChildren(make("p", { class: "bad" }, error.message));
    }
  }

  /** The same two pictures with other content, so that they do not flicker. */
  pictures(index, size) {
    const sources = [`api/item/${index}/rebuilt.png?size=${size}`, `api/item/${index}/pca.png?size=${size}`];
    if (!this.pair) {
      this.pair = make("div", { class: "pictures" }, picture(sources[0], "The code"), picture(sources[1], "PCA"));
    } else {
      this.pair.querySelectorAll("img").forEach((img, i) => { img.src = sources[i]; });
    }
    return this.pair;
  }
}

const value = (kind, mse) => make("span", { class: kind }, number(mse));
