// What the server is asked. Errors are one line; silence is told apart from a refusal.

export class Refused extends Error {}
export class Silent extends Error {}

const WAITS = [200, 300, 500, 800, 1200];
let heard = () => {};

/** Is called after each answer, and after each lack of one. */
export function listen(act) { heard = act; }

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch("api/" + path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    heard(false);
    throw new Silent("The server does not answer. Is isthmus explore still running?");
  }
  heard(true);
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  const reason = told.error ?? `The server answered with ${answer.status}.`;
  throw new Refused(typeof reason === "string" ? reason : JSON.stringify(reason));
}

const body = (value) => ({
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(value),
});

export const get = async (path, options) => (await ask(path, options)).json();
export const post = async (path, value) => (await ask(path, body(value))).json();
export const postForText = async (path, value) => (await ask(path, body(value))).text();
export const send = async (path, file) => (await ask(path, { method: "POST", body: file })).json();

/** The answer of something that may still be computed; `told` hears which share is done. */
async function whenDone(path, told, signal) {
  for (let turn = 0; ; turn++) {
    const answer = await ask(path, { signal });
    if (answer.status !== 202) return answer;
    told?.((await answer.json()).done);
    await new Promise((go) => setTimeout(go, WAITS[Math.min(turn, WAITS.length - 1)]));
    signal?.throwIfAborted();
  }
}

export const getWhenDone = async (path, told, signal) => (await whenDone(path, told, signal)).json();
export const bytesWhenDone = async (path, told, signal) =>
  (await whenDone(path, told, signal)).arrayBuffer();

export async function bytes(path, signal) {
  const answer = await ask(path, { signal });
  return { buffer: await answer.arrayBuffer(), total: Number(answer.headers.get("X-Total")) };
}

/** Something to look at: the address of a picture, or the values of a row; and where it lies. */
export async function shown(path, code = null) {
  const answer = await ask(path, code ? body({ code }) : {});
  const place = answer.headers.get("X-Place")?.split(",").map(Number) ?? null;
  if (answer.headers.get("Content-Type") === "image/png") {
    return { uri: URL.createObjectURL(await answer.blob()), row: null, place };
  }
  return { uri: null, row: (await answer.json()).row, place };
}

/** Asks one at a time; of what is wanted meanwhile only the newest is asked. */
export function newest(asks, use, fails = () => {}) {
  let busy = false, wanted = null, era = 0;
  async function go(value) {
    busy = true;
    const own = era;
    try {
      const answer = await asks(...value);
      if (own === era) use(answer, ...value);
      else if (answer.uri) URL.revokeObjectURL(answer.uri);
    } catch (error) {
      if (own === era) fails(error, ...value);
    }
    busy = false;
    const next = wanted;
    wanted = null;
    if (next) go(next);
  }
  return {
    ask(...value) { if (busy) wanted = value; else go(value); },
    forget() { wanted = null; era++; },
  };
}
