// Draws many orders, a line each, and changes only the line of the order that has changed.

function line() {
  const row = document.createElement("tr");
  row.innerHTML = `<th scope="row"></th><td class="status"></td>
    <td><span class="strip" role="img"></span></td><td class="ran"></td><td class="sentence"></td>`;
  return row;
}

// A map, because to an object a word such as `constructor` is no key like others.
function tally(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

function change(row, order) {
  const find = (selector) => row.querySelector(selector);
  find("th").textContent = `${order.orderId.slice(0, 12)}…`;
  find("th").title = order.orderId;
  find(".status").textContent = order.status;
  find(".ran").textContent = order.runs;
  find(".sentence").textContent = order.sentence;
  find(".strip").setAttribute("aria-label", tally(order.cells.map(([, state]) => state)));
  find(".strip").replaceChildren(...order.cells.map(([name, state, glyph]) => {
    const cell = document.createElement("span");
    cell.dataset.state = state;
    cell.title = `${name}: ${state}`;
    cell.textContent = glyph;
    return cell;
  }));
}

function render({ model, el }) {
  const root = document.createElement("section");
  root.className = "durable-timeline crowd";
  root.tabIndex = 0; // it scrolls, and so by keyboard, too
  root.setAttribute("aria-label", "Timelines of many orders");
  root.innerHTML = `<p class="head" role="status"></p><table><caption>Orders, a line each: every
    glyph is an operation. ✔ done, ▶ running, ⏸ waiting, ↻ retrying, ⊘ refused, ✘ failed,
    ↩ compensated, ○ to come.</caption><thead><tr><th scope="col">order</th>
    <th scope="col">status</th><th scope="col">operations</th><th scope="col">runs</th>
    <th scope="col">now</th></tr></thead><tbody></tbody></table>`;
  const slots = model.get("slots"), listeners = [];

  const count = () => {
    const text = tally(slots.map((slot) => model.get(slot).status));
    const head = root.querySelector(".head");
    if (head.textContent !== text) head.textContent = text;
  };
  for (const slot of slots) {
    const row = line();
    root.querySelector("tbody").append(row);
    const listener = () => {
      change(row, model.get(slot));
      count();
    };
    change(row, model.get(slot));
    model.on(`change:${slot}`, listener);
    listeners.push([`change:${slot}`, listener]);
  }
  count();
  el.replaceChildren(root);
  model.send({ view: "opened" });
  return () => {
    for (const [event, listener] of listeners) model.off(event, listener);
    model.send({ view: "closed" });
  };
}

export default { render };
