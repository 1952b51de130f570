// Mouse, pen and fingers on the map: pointing, clicking, pinching.

const STILL = 5;

/** Tells `point`, `click` and `leave` of places of the screen; two fingers zoom. */
export function watchPointer(sheet, map, { point, click, leave }) {
  const spot = ({ clientX, clientY }) => {
    const box = sheet.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  };
  let down = null, next = null;
  sheet.addEventListener("pointermove", (event) => {
    if (event.buttons) { if (down && far(spot(event), down)) leave(); return; }
    if (next === null) requestAnimationFrame(() => { const at = next; next = null; if (at) point(...at); });
    next = spot(event);
  });
  sheet.addEventListener("pointerdown", (event) => { down = event.button === 0 ? spot(event) : null; });
  // The end comes to the window: while plotly drags, a cover lies over the page.
  addEventListener("pointerup", (event) => {
    if (down && !far(spot(event), down)) click(...down);
    down = null;
  });
  sheet.addEventListener("pointerleave", (event) => {
    next = null;
    if (event.pointerType === "mouse") leave();
  });
  pinch(sheet, map);
}

const far = ([x, y], [a, b]) => Math.hypot(x - a, y - b) > STILL;

/** Two fingers: what lies under them stays under them. */
function pinch(sheet, map) {
  let before = null;
  const look = (event) => {
    const box = sheet.getBoundingClientRect(), [one, two] = event.touches;
    return {
      x: (one.clientX + two.clientX) / 2 - box.left, y: (one.clientY + two.clientY) / 2 - box.top,
      apart: Math.hypot(one.clientX - two.clientX, one.clientY - two.clientY) || 1,
    };
  };
  const take = (event) => {
    if (event.touches.length !== 2) { before = null; return; }
    event.preventDefault();
    event.stopPropagation();
    const now = look(event);
    if (before) {
      const { width, height } = map, factor = now.apart / before.apart;
      const view = map.view, [x, y] = map.toPlace(before.x, before.y);
      const wide = (view.x1 - view.x0) / factor, high = (view.y1 - view.y0) / factor;
      const x0 = x - (now.x / width) * wide, y1 = y + (now.y / height) * high;
      map.go({ x0, x1: x0 + wide, y0: y1 - high, y1 });
    }
    before = now;
  };
  for (const kind of ["touchstart", "touchmove", "touchend"]) {
    sheet.addEventListener(kind, take, { capture: true, passive: false });
  }
}
