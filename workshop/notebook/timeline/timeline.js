// Draws one order. Python makes the view (view.py) and does what the buttons say (actions.py).
// Elements are kept and changed in place, so that the keyboard's focus is never lost.

const SHOWN_RUNS = 7;
const MARKS = { did: "●", began: "◐", skipped: "↷", "": "·" };
const MEANING = { did: "did it", began: "began it", skipped: "skipped it", "": "did not reach it" };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// As many children as there are items, each made once and then changed.
function match(parent, items, create, change) {
  while (parent.children.length > items.length) parent.lastElementChild.remove();
  items.forEach((item, place) => {
    if (!parent.children[place]) parent.append(create(item, place));
    change(parent.children[place], item, place);
  });
}

// A live region speaks when its text changes, and only then.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function place(bar, what, seconds) {
  const end = what.end ?? seconds;
  const share = (part) => (seconds ? (100 * part) / seconds : 0);
  bar.hidden = what.start === null;
  bar.style.left = `min(${share(what.start)}%, 100% - 4px)`;
  bar.style.width = `${share(Math.max(end - what.start, 0))}%`;
}

function makeRow(number) {
  const id = `detail-${number}-${Math.random().toString(36).slice(2)}`;
  const button = make("button", { type: "button", "aria-expanded": "false", "aria-controls": id });
  const row = make("tr", {},
    make("td", { class: "phase" }),
    make("th", { scope: "row" }, button, make("div", { class: "detail", id, hidden: "" })),
    make("td", { class: "word" }),
    make("td", {}, make("span", { class: "marks", role: "img" })),
    make("td", { class: "axis", "aria-hidden": "true" },
      make("div", { class: "track" }, make("div", { class: "bar" }))));
  button.addEventListener("click", () => {
    const detail = row.querySelector(".detail");
    detail.hidden = !detail.hidden;
    button.setAttribute("aria-expanded", String(!detail.hidden));
  });
  return row;
}

function changeRow(element, row, before, seconds) {
  const phase = before?.phase === row.phase ? "" : row.phase;
  element.dataset.state = row.state;
  element.dataset.name = row.name;
  element.classList.toggle("first", phase !== "");
  write(element.querySelector(".phase"), phase);
  write(element.querySelector("button"), row.name);
  write(element.querySelector(".word"), `${row.glyph} ${row.word}`);
  write(element.querySelector(".detail"), row.detail.join("\n"));
  const shown = row.runs.slice(-SHOWN_RUNS), first = row.runs.length - shown.length + 1;
  const marks = element.querySelector(".marks");
  write(marks, shown.map((mark) => MARKS[mark]).join(""));
  const words = shown.map((mark, index) => `run ${first + index} ${MEANING[mark]}`).join(", ");
  marks.setAttribute("aria-label", words || "no run yet");
  const bar = element.querySelector(".bar");
  bar.classList.toggle("rest", ["wait", "callback"].includes(row.kind));
  place(bar, row, seconds);
}

function changeRun(bar, run, seconds) {
  const end = run.end === null ? "still running" : `to ${run.end.toFixed(2)} s`;
  const skipped = run.skipped.length ? `, skipped ${run.skipped.length}` : "";
  const crashed = run.error ? ", crashed" : "";
  const words = `Run ${run.number}: from ${run.start.toFixed(2)} ${end}, ` +
    `did ${run.did.length} operations${skipped}${crashed}`;
  bar.dataset.run = run.number;
  bar.classList.toggle("crashed", run.error !== "");
  bar.setAttribute("aria-label", words);
  bar.title = words;
  write(bar, run.error ? "✘" : "");
  place(bar, run, seconds);
}

function frame() {
  const root = make("section", { class: "durable-timeline", "aria-label": "Timeline of an order" });
  root.innerHTML = `
    <p class="head"><strong class="status"></strong> <span class="sentence" role="status"></span></p>
    <dl class="meters"></dl>
    <div class="buttons" role="group" aria-label="What you can do to this order"></div>
    <p class="said" role="status"></p>
    <div class="replay" hidden><label>Step through <input type="range" min="1"></label>
      <output></output></div>
    <table><caption>Operations of the order, in the order they began. Choose one for its result.
      In the column “invocations”: ● did it, ◐ began it, ↷ replayed it from its checkpoint.</caption>
      <thead><tr><th scope="col">phase</th><th scope="col">operation</th><th scope="col">state</th>
        <th scope="col">invocations</th><th scope="col">time</th></tr>
        <tr><td></td><th scope="row">the function</th><td class="count"></td><td></td>
          <td class="axis"><div class="track lane" role="list" aria-label="Invocations of the function"></div>
        </td></tr></thead>
      <tbody></tbody></table>`;
  return root;
}

function render({ model, el }) {
  const root = frame(), find = (selector) => root.querySelector(selector);
  const said = find(".said"), slider = find("input"), replay = find(".replay");
  const seconds = () => model.get("head").seconds ?? 0;

  const draw = {
    head() {
      const { orderId, heading, status, sentence, state } = model.get("head");
      root.dataset.state = state;
      root.setAttribute("aria-label", `Timeline of order ${orderId}`);
      write(find(".status"), `${heading}: ${status}.`);
      write(find(".sentence"), sentence);
      draw.rows();
      draw.runs();
    },
    rows() {
      const rows = model.get("rows");
      match(find("tbody"), rows, (_row, number) => makeRow(number), (element, row, number) =>
        changeRow(element, row, rows[number - 1], seconds()));
    },
    runs() {
      const runs = model.get("runs"), crashed = runs.filter((run) => run.error).length;
      match(find(".lane"), runs, () => make("div", { class: "bar run", role: "listitem" }),
        (bar, run) => changeRun(bar, run, seconds()));
      write(find(".count"), `invoked ${runs.length}×` + (crashed ? `, ${crashed} crashed` : ""));
    },
    meters() {
      match(find(".meters"), model.get("meters"),
        () => make("div", {}, make("dt"), make("dd")),
        (element, meter) => {
          write(element.firstChild, meter.name);
          write(element.lastChild, meter.value);
        });
    },
    buttons() {
      match(find(".buttons"), model.get("buttons"), (button) => {
        const element = make("button", { type: "button" }, button.label);
        element.addEventListener("click", () => {
          if (element.getAttribute("aria-disabled") === "true") write(said, element.title);
          else model.send({ do: button.do });
        });
        return element;
      }, (element, button) => {
        // Not `disabled`: the keyboard must reach it, to learn why.
        element.setAttribute("aria-disabled", String(button.why !== ""));
        element.title = button.why;
      });
    },
    said: () => write(said, model.get("said")),
    events() {
      const events = model.get("events");
      replay.hidden = events === 0;
      slider.max = events;
      if (events) slider.value = events;
    },
    event() {
      const text = `${slider.value} of ${slider.max}: ${model.get("event")}`;
      slider.setAttribute("aria-valuetext", text);
      write(find("output"), model.get("event") && text);
    },
  };

  slider.addEventListener("input", () => model.send({ frame: Number(slider.value) }));
  const parts = Object.entries(draw);
  for (const [part, change] of parts) {
    model.on(`change:${part}`, change);
    change();
  }
  el.replaceChildren(root);
  model.send({ view: "opened" });
  return () => {
    for (const [part, change] of parts) model.off(`change:${part}`, change);
    model.send({ view: "closed" });
  };
}

export default { render };
