// The ways in which a web page can make a browser send a request. Each takes a request and
// resolves to what the page learns from the answer: a text, or null for nothing.

const LONGEST_MS = 60_000; // a browser on a busy machine takes its time
const MULTIPART = "multipart/form-data";
const URLENCODED = "application/x-www-form-urlencoded";
let targets = 0;

function formData(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    data.append(name, name === "file" ? new Blob([value]) : value);
  }
  return data;
}

function bodyOf({ method, type, fields, body }) {
  if (method === "GET") return undefined;
  if (type === MULTIPART) return formData(fields);
  if (type === URLENCODED) return new URLSearchParams(fields);
  return body;
}

function readable(text) {
  return `an answer: ${text}`;
}

function fetching(mode, withHeaders = false) {
  return async (request) => {
    const { method, url, headers } = request;
    const options = { method, mode, body: bodyOf(request), headers: withHeaders ? headers : {} };
    try {
      const answer = await fetch(url, options);
      return answer.type === "opaque" ? null : readable(`${answer.status} ${await answer.text()}`);
    } catch {
      return null;
    }
  };
}

function textOf(documentOf) {
  try {
    return readable(documentOf().body.innerText);
  } catch {
    return null; // of another origin
  }
}

function loading(tag, url, learned) {
  return new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(learned(element));
    element.onerror = () => resolve(null);
    element.src = url;
    document.body.append(element);
  });
}

function formOf({ method, url, fields, body }, enctype, target) {
  const form = document.createElement("form");
  Object.assign(form, { action: url, method, enctype, target });
  // A text of the page's choice: what stands before its first "=" is the name of a field.
  const [name, ...value] = body.split("=");
  const parts = enctype === "text/plain" ? [[name, value.join("=")]] : Object.entries(fields);
  for (const [field, text] of parts) {
    const input = document.createElement("textarea");
    input.name = field;
    input.value = text;
    form.append(input);
  }
  document.body.append(form);
  return form;
}

function submitting(enctype) {
  return (request) =>
    new Promise((resolve) => {
      const frame = document.createElement("iframe");
      frame.name = `frame-${(targets += 1)}`;
      document.body.append(frame);
      const form = formOf(request, enctype, frame.name);
      frame.onload = () => resolve(textOf(() => frame.contentDocument));
      form.submit();
    });
}

function submittingToWindow(request) {
  const opened = window.open("", `window-${(targets += 1)}`);
  formOf(request, URLENCODED, opened.name).submit();
  return answerIn(opened);
}

function openingWindow({ url }) {
  return answerIn(window.open(url));
}

function answerIn(opened) {
  return new Promise((resolve) => {
    const look = setInterval(() => {
      try {
        const { href } = opened.location;
        if (href === "about:blank" || opened.document.readyState !== "complete") return;
      } catch {
        // It has become a page of another origin: the answer is there, and hidden.
      }
      clearInterval(look);
      resolve(textOf(() => opened.document));
      opened.close();
    }, 10);
  });
}

function openingSocket({ url }) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url.replace("http", "ws"));
    socket.onopen = () => resolve("an open socket");
    socket.onerror = () => resolve(null);
  });
}

function listening({ url }) {
  return new Promise((resolve) => {
    const events = new EventSource(url);
    const end = (learned) => {
      events.close();
      resolve(learned);
    };
    events.onmessage = ({ data }) => end(data);
    events.onerror = () => end(null);
  });
}

function sendingBeacon(request) {
  return new Promise((resolve) => {
    const sent = new PerformanceObserver((list) => {
      if (list.getEntriesByName(request.url).length) resolve(null);
    });
    sent.observe({ type: "resource" });
    navigator.sendBeacon(request.url, bodyOf(request));
  });
}

const WAYS = {
  "fetch-no-cors": fetching("no-cors"),
  "fetch-cors": fetching("cors"),
  "fetch-cors-with-headers": fetching("cors", true),
  "fetch-same-origin": fetching("same-origin", true),
  "form-urlencoded": submitting(URLENCODED),
  "form-text": submitting("text/plain"),
  "form-multipart": submitting(MULTIPART),
  "form-window": submittingToWindow,
  image: ({ url }) => loading("img", url, (image) => `an image ${image.naturalWidth} px wide`),
  script: ({ url }) => loading("script", url, (script) => script.dataset.stolen ?? null),
  frame: ({ url }) => loading("iframe", url, (frame) => textOf(() => frame.contentDocument)),
  window: openingWindow,
  socket: openingSocket,
  events: listening,
  beacon: sendingBeacon,
};

// Send requests in one of the ways; what the page learned from each.
function attack(way, requests) {
  const tooLong = () =>
    new Promise((resolve) => {
      setTimeout(() => resolve("no answer in time"), LONGEST_MS);
    });
  return Promise.all(requests.map((request) => Promise.race([WAYS[way](request), tooLong()])));
}
