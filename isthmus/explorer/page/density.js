// How dense points lie, where not all of them are drawn: a picture that moves with the map.

import { bytes } from "./api.js";
import { css } from "./colours.js";
import { at } from "./dom.js";
import { query } from "./points.js";

const SIDE = 3;
const FAINTEST = 0.1, STRONGEST = 0.75;

export class Density {
  constructor(map) { this.map = map; this.box = null; this.cells = null; }

  async load(box, signal) {
    if (!box) return;
    const wide = (box.x1 - box.x0) / this.map.pixel, high = (box.y1 - box.y0) / this.map.pixel;
    const width = Math.min(1024, Math.ceil(wide / SIDE)), height = Math.min(1024, Math.ceil(high / SIDE));
    const { buffer } = await bytes(`density?${query(box)}&width=${width}&height=${height}`, signal);
    Object.assign(this, { box, width, height, cells: new Uint8Array(buffer) });
    this.paint();
  }

  /** In the colour of the ink, so that it suits light and dark. */
  paint() {
    if (!this.cells) return;
    const canvas = at("density");
    canvas.width = this.width;
    canvas.height = this.height;
    // Kept out of the graphics card, where it would wait for the points.
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const [r, g, b] = css("--soft").match(/[\da-f]{2}/gi).map((part) => parseInt(part, 16));
    const picture = pen.createImageData(this.width, this.height);
    this.cells.forEach((value, i) => {
      const share = value ? FAINTEST + (STRONGEST - FAINTEST) * (value / 255) : 0;
      picture.data.set([r, g, b, share * 255], 4 * i);
    });
    pen.putImageData(picture, 0, 0);
    this.place();
  }

  place() {
    if (!this.box) return;
    const [left, top] = this.map.toPixel(this.box.x0, this.box.y1);
    const [right, bottom] = this.map.toPixel(this.box.x1, this.box.y0);
    Object.assign(at("density").style, {
      transform: `translate(${left}px, ${top}px)`, width: `${right - left}px`, height: `${bottom - top}px`,
    });
  }
}
