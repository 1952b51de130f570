// The page of a run: who tells whom.

import { get, newest, shown } from "./api.js";
import { readAddress, writeAddress } from "./address.js";
import { Card } from "./card.js";
import { Chosen } from "./chosen.js";
import { CodeSliders } from "./code.js";
import { ColourBy } from "./colour_by.js";
import { Density } from "./density.js";
import { at, calmed, count, make, number, short } from "./dom.js";
import { Drop } from "./drop.js";
import { insideOf, lasso } from "./lasso.js";
import { showTrouble } from "./legend.js";
import { Lens } from "./lens.js";
import { PointMap } from "./map.js";
import { offerMaps } from "./maps.js";
import { Overlay } from "./overlay.js";
import { Pace } from "./pace.js";
import { watchPointer } from "./pointer.js";
import { Points } from "./points.js";
import { SizeSlider } from "./size.js";
import { hideWay, showWay } from "./way.js";

const REACH = 9;
const STEP = { near: 10, far: 50 };

export class Explorer {
  constructor(run) {
    this.run = run;
    this.state = { a: null, b: null, size: null, polygon: null };
    this.pins = { a: null, b: null };
    this.points = new Points(run.n);
    this.map = new PointMap(at("plot"), run.bounds, (rests) => this.moved(rests), () => this.marked());
    this.overlay = new Overlay(this.map);
    this.density = new Density(this.map);
    this.card = new Card(run);
    this.lens = new Lens();
    this.pace = new Pace();
    this.decoding = newest(
      (x, y) => shown(`decode?x=${x}&y=${y}`), (found, x, y) => this.decoded(found, x, y),
      (error) => { this.lens.hide(); this.card.trouble(error.message); });
    this.cards = calmed(40, (item) => this.showItem(item));
    this.rests = calmed(160, () => this.settle());
    this.size = new SizeSlider(run, (size) => { this.state.size = size === run.n_components ? null : size; this.keep(); });
    this.code = new CodeSliders(run, (place) => this.overlay.set({ code: place }));
    this.chosen = new Chosen(run, {
      pick: (item) => this.pin(item), labelled: () => this.relabelled(), closed: () => this.choose(null),
    });
    this.drop = new Drop(run, { placed: (items) => this.placed(items), pick: (item) => this.pin(item) });
    this.colours = new ColourBy(run, { paint: (colouring) => this.paint(colouring), changed: (key) => this.recoloured(key) });
    this.keep = calmed(200, () => writeAddress({
      ...this.state, by: this.colours.key, only: this.colours.only, view: this.map.isWhole ? null : this.map.view,
    }));
  }

  // ---------------------------------------------------------------- beginning

  async begin() {
    this.about();
    offerMaps(this.run);
    this.card.empty();
    const asked = readAddress();
    if (asked.at) await this.map.go(this.map.around(...asked.at));
    await this.points.load(this.map.view);
    await this.colours.choose(this.colours.known(asked.by), asked.only);
    this.listen();
    this.code.open().catch((error) => this.card.trouble(error.message));
    if (this.points.sampled) await this.density.load(this.points.box);
    await this.take(asked);
  }

  about() {
    const { run } = this;
    document.title = `${run.name} · Isthmus`;
    at("name").textContent = run.name;
    at("name").title = run.folder;
    const noun = run.n === 1 ? run.noun : run.noun + "s";
    at("about").textContent = `${count(run.n)} ${noun} of ${run.data}, as codes of ${run.n_components} numbers`;
    at("hint").replaceChildren(...[run.map.note, ...run.notes].filter(Boolean).map((note) => make("span", {}, note)));
  }

  /** Go to what an address says. */
  async take({ a, b, size, polygon }) {
    this.size.set(size);
    if (a !== null && a < this.run.n) await this.pin(a);
    if (b !== null && b < this.run.n && b !== a && this.pins.a) await this.pin(b);
    if (polygon) this.choose({ polygon });
  }

  listen() {
    const sheet = document.querySelector(".sheet");
    watchPointer(sheet, this.map, {
      point: (px, py) => { this.overlay.set({ cursor: null }); this.point(px, py); },
      click: (px, py) => { if (!this.drawing) this.click(px, py); },
      leave: () => this.leave(),
    });
    const places = (line) => line.map(([px, py]) => this.map.toPlace(px, py));
    lasso(at("ground"), {
      drawing: (line) => { this.drawing = true; this.lens.hide(); this.overlay.set({ polygon: places(line), hover: null }); },
      done: (line) => {
        if (line) this.choose({ polygon: places(line) });
        // The click that ends a line is none.
        setTimeout(() => { this.drawing = false; });
      },
    });
    at("ground").addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = at("ground").getBoundingClientRect();
      this.map.zoom(Math.exp(-event.deltaY / 400), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    new ResizeObserver(calmed(60, () => this.map.resize())).observe(sheet);
    addEventListener("hashchange", () => this.jump());
  }

  /** Someone has put another address into the window. */
  async jump() {
    const asked = readAddress();
    if (asked.at) await this.map.go(this.map.around(...asked.at));
    if (asked.by && asked.by !== this.colours.key) await this.colours.choose(this.colours.known(asked.by), asked.only);
    this.unpin();
    this.choose(null);
    await this.take(asked);
  }

  // ---------------------------------------------------------------- the map

  marked() {
    this.overlay.draw();
    this.density.place();
  }

  moved(rests) {
    this.marked();
    if (!rests) { this.pace.moving(); return; }
    this.rests();
  }

  async settle() {
    this.keep();
    if (this.pace.rests()) this.points.thin();
    if (!this.points.sampled) { await this.map.fill(this.points); return; }
    this.flight?.abort();
    this.flight = new AbortController();
    const { signal } = this.flight;
    try {
      if (!(await this.points.load(this.map.view, signal))) return;
      await this.density.load(this.points.box, signal);
      await this.paint();
    } catch (error) {
      if (error.name !== "AbortError") showTrouble(error.message);
    }
  }

  /** Draw the points in their colours. */
  async paint(colouring = this.colours.colouring) {
    if (!colouring) return;
    await this.map.paint(this.points, colouring, this.dim);
    this.overlay.name(this.points, colouring);
    document.body.classList.remove("loading");
  }

  /** The points are coloured by something else; what was chosen is counted by that. */
  recoloured(key) {
    if (key && this.selection) this.chosen.show(this.selection, key, this.colours.words);
    this.keep();
  }

  /** The colours of the page have changed. */
  recolour() {
    this.density.paint();
    this.colours.show();
  }

  // ---------------------------------------------------------------- pointing

  point(px, py) {
    const [x, y] = this.map.toPlace(px, py);
    const found = this.points.nearest(x, y, REACH * this.map.pixel);
    this.lens.follow(px, py);
    this.over = found;
    at("plot").classList.toggle("on-item", Boolean(found));
    if (found) {
      this.decoding.forget();
      this.overlay.set({ hover: found.place });
      const src = this.run.is_table ? null : `api/item/${found.item}/picture.png`;
      this.lens.show({ src, text: this.words_of(found.item) });
      this.cards(found.item);
    } else {
      this.overlay.set({ hover: null });
      this.decoding.ask(x, y);
    }
    return found;
  }

  words_of(item) {
    const told = this.colours.colouring?.text(item);
    return typeof told === "number" ? number(told) : told ?? "";
  }

  decoded(found, x, y) {
    if (this.over) { if (found.uri) URL.revokeObjectURL(found.uri); return; }
    if (this.made) URL.revokeObjectURL(this.made);
    this.made = found.uri;
    this.cards.cancel();
    this.lens.show({ src: found.uri, text: found.uri ? "" : rowText(this.run, found.row), made: true });
    this.card.place(found, [x, y], this.points.nearest(x, y)?.item ?? null);
  }

  leave() {
    this.cards.cancel();
    this.lens.hide();
    this.overlay.set({ hover: null });
    this.over = null;
    this.decoding.forget();
    const pinned = this.pins.b ?? this.pins.a;
    if (pinned) this.cards(pinned.index);
  }

  async showItem(item) {
    try {
      return await this.card.item(item, [make("button", { class: "quiet", onclick: () => this.choose({ items: [item] }) }, "Give it a label")]);
    } catch (error) {
      this.card.trouble(error.message);
      return null;
    }
  }

  async click(px, py) {
    at("ground").focus({ preventScroll: true });
    const found = this.point(px, py);
    if (found) { await this.pin(found.item); return; }
    const [x, y] = this.map.toPlace(px, py);
    const { code } = await get(`code?x=${x}&y=${y}`);
    this.code.begin(code);
    this.overlay.set({ code: [x, y] });
  }

  // ---------------------------------------------------------------- two items, and the way

  async pin(index) {
    const item = await this.showItem(index);
    if (!item) return;
    if (this.pins.a?.index === index && !this.pins.b) { this.unpin(); return; }
    if (!this.pins.a || this.pins.b) this.pins = { a: item, b: null };
    else this.pins.b = item;
    this.size.look(item);
    this.code.begin(item.code);
    await this.way();
  }

  unpin() {
    this.pins = { a: null, b: null };
    this.size.look(null);
    return this.way();
  }

  async way() {
    const { a, b } = this.pins;
    Object.assign(this.state, { a: a?.index ?? null, b: b?.index ?? null });
    this.overlay.set({ a: a?.place ?? null, b: b?.place ?? null, way: null });
    this.keep();
    if (!b) { hideWay(); return; }
    try {
      const way = await showWay(this.run, a, b, () => this.unpin());
      if (this.pins.b === b) this.overlay.set({ way });
    } catch (error) {
      at("path").replaceChildren(make("p", { class: "bad" }, error.message));
      at("path").hidden = false;
    }
  }

  // ---------------------------------------------------------------- some items

  /** Look at some items: {polygon}, {items}, or null for none. */
  choose(what) {
    this.selection = what;
    this.state.polygon = what?.polygon ?? null;
    this.overlay.set({ polygon: what?.polygon ?? null });
    const test = what?.polygon ? insideOf(what.polygon) : null;
    this.dim = test ? (x, y) => !test(x, y) : null;
    if (what) this.chosen.show(what, this.colours.key ?? "split", this.colours.words);
    else this.chosen.hide();
    this.keep();
    return this.paint();
  }

  /** All that the window holds. */
  chooseView() {
    const { x0, x1, y0, y1 } = this.map.view;
    return this.choose({ polygon: [[x0, y0], [x1, y0], [x1, y1], [x0, y1]] });
  }

  /** Labels were saved: show them, the selection staying as it is. */
  async relabelled() {
    const { selection } = this;
    this.selection = null;
    this.card.forget();
    await this.colours.choose("given");
    this.selection = selection;
  }

  placed(items) {
    this.overlay?.set({ dropped: items });
    if (!items.length || !this.map.started) return;
    const { x0, x1, y0, y1 } = this.map.view, [x, y] = items[0].place;
    if (x < x0 || x > x1 || y < y0 || y > y1) this.map.go(this.map.around(x, y, x1 - x0));
  }

  // ---------------------------------------------------------------- modes and keys

  mode(lassoing) {
    document.body.classList.toggle("lassoing", lassoing);
    at("move").setAttribute("aria-pressed", String(!lassoing));
    at("lasso").setAttribute("aria-pressed", String(lassoing));
  }

  /** Move the cursor of the keyboard, and the map where it comes to the border. */
  step(dx, dy, event) {
    const size = event.shiftKey ? STEP.far : STEP.near;
    let [px, py] = this.overlay.marks.cursor ? this.map.toPixel(...this.overlay.marks.cursor) : [this.map.width / 2, this.map.height / 2];
    px += dx * size;
    py += dy * size;
    const inside = (value, most) => Math.max(20, Math.min(most - 20, value));
    const [qx, qy] = [inside(px, this.map.width), inside(py, this.map.height)];
    if (qx !== px || qy !== py) this.map.pan(px - qx, py - qy);
    this.overlay.set({ cursor: this.map.toPlace(qx, qy) });
    this.point(qx, qy);
  }

  clickCursor() {
    if (this.overlay.marks.cursor) this.click(...this.map.toPixel(...this.overlay.marks.cursor));
  }

  /** Let go of one thing after the other. */
  escape() {
    if (this.overlay.marks.cursor) { this.overlay.set({ cursor: null }); this.leave(); }
    else if (this.selection) this.choose(null);
    else if (this.pins.a) this.unpin();
    else if (this.colours.only !== null) this.colours.lookAtOnly(null);
    else this.mode(false);
  }

  play() {
    // Whoever goes on to another item ends the sound, which is no error.
    document.querySelector("#card audio")?.play().catch(() => {});
  }
}

const rowText = (run, row) => row.slice(0, 4).map((value, i) => `${short(run.columns[i])} ${typeof value === "number" ? number(value) : value ?? "–"}`).join("\n");
