// Draws an exported order without a kernel: the page has every frame, and the slider chooses one.

const frames = JSON.parse(document.getElementById("frames").textContent);
const state = { buttons: [], said: "", events: frames.length, event: "", ...frames.at(-1) };
const listeners = new Map();
const list = document.getElementById("skipped");

// What the current invocation did not do again, and what each operation returned instead.
function tellSkipped() {
  const run = state.runs.at(-1), rows = new Map(state.rows.map((row) => [row.name, row]));
  const skipped = run ? run.skipped : [];
  const items = skipped.map((name) => `${name}. ${rows.get(name).detail.join(" ")}`);
  const head = run ? `Invocation ${run.number} skips ${skipped.length} operations` : "";
  document.getElementById("invocation").textContent = head;
  list.replaceChildren(...items.map((text) => make("li", {}, text)));
}

const model = {
  get: (part) => state[part],
  on: (change, listener) => listeners.set(change, listener),
  off: (change) => listeners.delete(change),
  send({ frame }) {
    if (frame === undefined) return;
    Object.assign(state, frames[frame - 1]);
    for (const part of ["head", "meters", "event"]) listeners.get(`change:${part}`)();
    tellSkipped();
  },
};

render({ model, el: document.getElementById("timeline") });
tellSkipped();
