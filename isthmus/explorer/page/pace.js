// Whether the map keeps up with the hand: how much of a movement was spent in slow frames.

const SLOW = 90, SHORTEST = 300;

export class Pace {
  /** The map has moved; until it rests the frames are timed. */
  moving() {
    if (this.frames) return;
    this.frames = [];
    let last = performance.now();
    const look = (now) => {
      if (!this.frames) return;
      this.frames.push(now - last);
      last = now;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }

  /** The map rests: whether most of the time went into slow frames. */
  rests() {
    const frames = this.frames ?? [];
    this.frames = null;
    const sum = (values) => values.reduce((all, value) => all + value, 0);
    const whole = sum(frames);
    return whole > SHORTEST && sum(frames.filter((gap) => gap > SLOW)) > whole / 2;
  }
}
