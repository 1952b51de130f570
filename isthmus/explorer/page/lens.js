// The picture that goes along with the cursor: the item it is on, or what the place decodes to.

import { at } from "./dom.js";

const AWAY = 18;

export class Lens {
  constructor() {
    this.node = at("lens");
    this.img = this.node.querySelector("img");
    this.text = this.node.querySelector("span");
    // Without its picture it says nothing; why there is none the card tells.
    this.img.addEventListener("error", () => this.hide());
  }

  /** Show a picture, or without one only words, beside a place of the screen. */
  show({ src = null, text = "", made = false }) {
    if (src && this.img.getAttribute("src") !== src) this.img.src = src;
    this.img.hidden = !src;
    this.text.textContent = text;
    this.text.hidden = !text;
    this.node.classList.toggle("made", made);
    this.node.hidden = !src && !text;
    if (this.spot) this.follow(...this.spot);
  }

  /** Keep beside the cursor, and inside the map. */
  follow(px, py) {
    this.spot = [px, py];
    const room = this.node.parentElement, { offsetWidth: wide, offsetHeight: high } = this.node;
    const x = px + AWAY + wide > room.clientWidth ? px - AWAY - wide : px + AWAY;
    const y = py + AWAY + high > room.clientHeight ? py - AWAY - high : py + AWAY;
    this.node.style.transform = `translate(${Math.max(2, x)}px, ${Math.max(2, y)}px)`;
  }

  hide() { this.node.hidden = true; }
}
