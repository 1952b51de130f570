// The first numbers of a code as sliders: what they make of an item, and where that lies.

import { get, newest, shown } from "./api.js";
import { rows } from "./card.js";
import { at, make, number } from "./dom.js";

export class CodeSliders {
  /** `moved` hears where the code lies, or null. */
  constructor(run, moved) {
    this.run = run;
    this.moved = moved;
    this.start = null;
    this.code = null;
    this.decoding = newest((code) => shown("decode", code), (found) => this.show(found), (error) => {
      this.picture.replaceChildren(make("p", { class: "bad" }, error.message));
    });
  }

  async open() {
    this.ranges = await get("ranges");
    const title = this.run.ordered ? "First numbers of the code" : "Numbers of the code";
    this.picture = make("div", { class: "made" });
    this.sliders = this.ranges.map(({ low, high }, i) => make("input", {
      type: "range", min: low, max: high, step: (high - low) / 200 || 1e-6, "aria-label": `Number ${i + 1} of the code`,
      oninput: () => this.turn(i),
    }));
    this.values = this.ranges.map(() => make("output"));
    this.back = make("button", { class: "quiet", onclick: () => this.begin(this.start), disabled: true }, "Reset");
    at("code").replaceChildren(
      make("div", { class: "head" }, make("h2", {}, title), this.back),
      make("div", { class: "turning" }, this.picture, make("div", { class: "sliders" }, ...this.sliders.map(
        (slider, i) => make("label", {}, make("span", {}, String(i + 1)), slider, this.values[i])))));
    at("code").hidden = false;
    this.begin(this.start);
  }

  /** Start from a code, or with null from the mean of all. */
  begin(code) {
    this.start = code;
    // Without its sliders yet, it comes back to this when it has them.
    if (!this.sliders) return;
    this.code = code ? [...code] : this.mean();
    this.sliders.forEach((slider, i) => { slider.value = this.code[i]; });
    this.tell();
    this.back.disabled = true;
    this.moved(null);
    this.quiet = true;
    this.decoding.ask(this.code);
  }

  mean() {
    const code = new Array(this.run.ordered ? this.ranges.length : this.run.n_components).fill(0);
    this.ranges.forEach(({ mean }, i) => { code[i] = mean; });
    return code;
  }

  turn(i) {
    this.code[i] = Number(this.sliders[i].value);
    this.tell();
    this.back.disabled = false;
    this.quiet = false;
    this.decoding.ask([...this.code]);
  }

  tell() { this.values.forEach((output, i) => { output.value = this.code[i].toPrecision(3).replace("-", "−").slice(0, 6); }); }

  show(found) {
    if (found.uri) {
      const img = this.picture.querySelector("img");
      const old = img?.src;
      if (img) img.src = found.uri;
      else this.picture.replaceChildren(make("img", { src: found.uri, alt: "what this code gives" }));
      if (old) URL.revokeObjectURL(old);
    } else {
      this.picture.replaceChildren(rows(this.run.columns, [["this code", found.row]]));
    }
    if (!this.quiet) this.moved(found.place);
  }
}
