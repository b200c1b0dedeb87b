// Asks questions. The feedback is here, not in the kernel, so that it comes while a cell runs.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// The parts between backquotes are code.
function words(text) {
  return text.split("`").map((part, place) => (place % 2 ? make("code", {}, part) : part));
}

function makeAnswer(answer, choose) {
  const button = make("button", { type: "button", "aria-expanded": "false" }, ...words(answer.text));
  button.addEventListener("click", choose);
  return make("li", {}, button, make("p", { role: "status" }));
}

function open(item, answer) {
  const [button, feedback] = item.children;
  if (button.getAttribute("aria-expanded") === "true") return;
  button.setAttribute("aria-expanded", "true");
  item.dataset.right = String(answer.right);
  feedback.append(...words(answer.feedback));
}

function makeQuestion(question, number, choose) {
  const id = `question-${Math.random().toString(36).slice(2)}`;
  return make("div", { role: "group", "aria-labelledby": id },
    make("p", { id, class: "asked" }, `${number + 1}. `, ...words(question.text)),
    make("ul", {}, ...question.answers.map((answer, place) =>
      makeAnswer(answer, () => choose([number, place])))));
}

function render({ model, el }) {
  const questions = model.get("questions");
  const choose = (chosen) => {
    if (model.get("opened").some((former) => String(former) === String(chosen))) return;
    model.set("opened", [...model.get("opened"), chosen]);
    model.save_changes();
  };
  const groups = questions.map((question, number) => makeQuestion(question, number, choose));
  const draw = () => {
    for (const [number, place] of model.get("opened")) {
      open(groups[number].querySelectorAll("li")[place], questions[number].answers[place]);
    }
  };
  const title = model.get("title");
  const head = title ? [make("p", { class: "title" }, title)] : [];
  el.append(make("div", { class: "durable-quiz" }, ...head, ...groups));
  draw();
  model.on("change:opened", draw);
  return () => model.off("change:opened", draw);
}

export default { render };
