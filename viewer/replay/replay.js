// The replay of one episode. All that is an agent's arrives as plain text and is set with
// textContent; nothing here makes HTML of it, follows a link in it, or loads what it names.
// A page's own text is shown in an <iframe sandbox=""> whose document names nothing to load and
// forbids every load (kept_page.js, which stands before this).

const COLOURS = {
  none: "#9fb3a4", "": "#b9c0c8", undetermined: "#8b95a1", exploration: "#3b82c4",
  hallucination: "#d9480f", wrong_dynamics: "#ae3ec9", wrong_value: "#7048e8", slip: "#e0a100",
  policy_violation: "#c92a2a", environment_fault: "#495057",
};
const FAILED = new Set(["error", "unexpected", "fault", "task_failed"]);
const kept = new WeakMap();

export default function (component) {
  const { parentElement, data } = component;
  let view = kept.get(parentElement);
  if (!view) {
    view = new Replay(parentElement);
    kept.set(parentElement, view);
  }
  view.take(component, data);
  return () => { view.close(); kept.delete(parentElement); };
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

class Replay {
  constructor(parent) {
    this.root = element("div", "ll");
    this.root.tabIndex = 0;
    this.head = element("dl", "head");
    this.top = element("div", "top");
    this.buttons = {};
    const names = [
      ["previous", "‹ step", "←"], ["next", "step ›", "→"], ["failure", "next failure", "f"],
      ["denial", "next denial", "d"], ["before", "‹ episode", "p"], ["after", "episode ›", "n"],
    ];
    for (const [name, text, key] of names) {
      const button = element("button", "", text);
      button.type = "button";
      button.title = `key: ${key}`;
      button.addEventListener("click", () => this.go(name));
      this.buttons[name] = button;
      this.top.append(button);
    }
    this.where = element("span", "where");
    this.top.prepend(this.where);
    this.top.append(element("span", "keys", "← → step · f failure · d denial · p n episode"));
    this.bar = element("div", "bar");
    this.canvas = element("canvas");
    this.bar.append(this.canvas);
    this.scale = element("div", "scale");
    this.legend = element("div", "legend");
    this.body = element("div", "step");
    this.body.setAttribute("aria-live", "polite");
    this.root.append(this.head, this.top, this.bar, this.scale, this.legend, this.body);
    parent.append(this.root);
    this.drag = this.drag.bind(this);
    this.key = this.key.bind(this);
    this.bar.addEventListener("pointerdown", (event) => {
      this.bar.setPointerCapture(event.pointerId);
      this.drag(event);
      this.bar.addEventListener("pointermove", this.drag);
    });
    this.bar.addEventListener("pointerup", () => {
      this.bar.removeEventListener("pointermove", this.drag);
    });
    document.addEventListener("keydown", this.key);
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.bar);
  }

  take(component, data) {
    this.component = component;
    const other = !this.data || this.data.episode !== data.episode;
    // Where the person stands is theirs: data that comes late must not move them back.
    if (other || data.jump !== this.jump) this.at = data.at;
    this.jump = data.jump;
    this.data = data;
    this.steps = other ? {} : this.steps;
    Object.assign(this.steps, data.steps);
    this.at = Math.min(this.at, Math.max(0, data.marks.length - 1));
    this.head.replaceChildren(...data.head.map(([name, text]) => {
      const item = element("div", text.length > 60 || text.includes("\n") ? "long" : "");
      item.append(element("dt", "", name), element("dd", "", text));
      return item;
    }));
    const used = new Set(data.marks.map((mark) => mark.cause));
    this.legend.replaceChildren(...[...used].map((cause) => {
      const item = element("span");
      const colour = element("i");
      colour.style.background = COLOURS[cause] ?? COLOURS[""];
      item.append(colour, element("span", "", cause || "not tagged"));
      return item;
    }));
    this.show();
  }

  close() {
    document.removeEventListener("keydown", this.key);
    this.sizes.disconnect();
    clearTimeout(this.settling);
  }

  key(event) {
    const target = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLElement && target.closest("input, textarea, select, [role=slider]")) return;
    const name = { ArrowLeft: "previous", ArrowRight: "next", f: "failure", d: "denial",
                   p: "before", n: "after" }[event.key];
    // A held key runs through steps, and never from one episode into the next.
    if (!name || (event.repeat && (name === "before" || name === "after"))) return;
    event.preventDefault();
    this.go(name);
  }

  go(name) {
    const marks = this.data.marks;
    const find = (wanted) => marks.findIndex((mark, at) => at > this.at && wanted(mark));
    if (name === "before" || name === "after") {
      if (this.data[name]) this.component.setTriggerValue("leave", name);
      return;
    }
    const to = { previous: () => this.at - 1, next: () => this.at + 1,
      failure: () => find((mark) => FAILED.has(mark.event)),
      denial: () => find((mark) => mark.event === "denied") }[name]();
    if (to >= 0 && to < marks.length) this.move(to);
  }

  drag(event) {
    const box = this.bar.getBoundingClientRect();
    const share = Math.min(0.999999, Math.max(0, (event.clientX - box.left) / box.width));
    const starts = this.starts();
    const place = share * starts.at(-1);
    let at = 0;
    while (at + 2 < starts.length && starts[at + 1] <= place) at += 1;
    this.move(at);
  }

  move(at) {
    if (at === this.at || !this.data.marks.length) return;
    this.at = at;
    this.show();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.component.setStateValue("step", this.at), 180);
  }

  // Each step is as wide as it took, waits included; a short one is wide enough to be hit.
  starts() {
    const marks = this.data.marks;
    const total = marks.reduce((sum, mark) => sum + (mark.seconds || 0), 0);
    const least = total / Math.max(1, marks.length) / 2 || 1;
    const starts = [0];
    for (const mark of marks) starts.push(starts.at(-1) + Math.max(least, mark.seconds || 0));
    return starts;
  }

  draw() {
    if (!this.data) return;
    const scale = window.devicePixelRatio || 1;
    const width = this.bar.clientWidth, height = this.bar.clientHeight;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const pen = this.canvas.getContext("2d");
    pen.scale(scale, scale);
    pen.clearRect(0, 0, width, height);
    const starts = this.starts(), all = starts.at(-1) || 1, marks = this.data.marks;
    marks.forEach((mark, at) => {
      const left = starts[at] / all * width, wide = (starts[at + 1] - starts[at]) / all * width;
      pen.fillStyle = COLOURS[mark.cause] ?? COLOURS[""];
      pen.fillRect(left, 10, Math.max(1, wide - (wide > 3 ? 1 : 0)), height - 20);
      if (mark.waited) {
        pen.fillStyle = "rgba(178, 106, 0, .75)";
        pen.fillRect(left, height - 10, Math.max(1, Math.min(1, mark.waited / mark.seconds) * wide), 4);
      }
      const event = { denied: "#c92a2a", fault: "#495057", error: "#e8590c",
                      unexpected: "#ae3ec9", task_failed: "#e8590c" }[mark.event];
      if (event) {
        pen.fillStyle = event;
        pen.beginPath();
        pen.arc(left + Math.max(wide / 2, 2), 5, 3.2, 0, 7);
        pen.fill();
      }
    });
    if (marks.length) {
      const left = starts[this.at] / all * width;
      const wide = (starts[this.at + 1] - starts[this.at]) / all * width;
      pen.strokeStyle = getComputedStyle(this.root).color;
      pen.lineWidth = 2;
      pen.strokeRect(left + 1, 8, Math.max(3, wide - 2), height - 16);
    }
  }

  show() {
    const { marks } = this.data;
    const mark = marks[this.at];
    this.where.textContent = marks.length ? `step ${this.at} of ${marks.length}` : "no steps yet";
    this.buttons.previous.disabled = this.at <= 0;
    this.buttons.next.disabled = this.at >= marks.length - 1;
    this.buttons.failure.disabled = !marks.some((one, at) => at > this.at && FAILED.has(one.event));
    this.buttons.denial.disabled = !marks.some((one, at) => at > this.at && one.event === "denied");
    this.buttons.before.disabled = !this.data.before;
    this.buttons.after.disabled = !this.data.after;
    this.scale.replaceChildren(element("span", "", marks.length ? marks[0].at : ""),
                               element("span", "", marks.length ? marks.at(-1).at : ""));
    this.draw();
    if (!mark) { this.body.replaceChildren(); return; }
    const took = mark.seconds === null ? "" : ` · ${(mark.seconds * 1000).toFixed(0)} ms`;
    const waited = mark.waited ? ` · ${mark.waited.toFixed(1)} s of it waiting` : "";
    const told = [mark.kind, mark.verdict, mark.event === "none" ? "" : mark.event]
      .filter(Boolean).join(" · ");
    const title = element("div", "title", `Step ${this.at}: ${told}${took}${waited}`);
    const parts = this.steps[this.at];
    if (!parts) {
      this.body.replaceChildren(title, element("div", "", "…"));
      return;
    }
    this.body.replaceChildren(title, ...parts.map((part) => this.part(part)));
  }

  part(part) {
    const made = element("div", "part");
    const content = element("div", `tone ${part.tone}`);
    if (part.pieces) {
      const text = element("pre", part.terminal ? "term" : "");
      for (const piece of part.pieces) {
        const span = element(piece.n ? "mark" : "span", "", piece.t);
        if (piece.n) span.title = piece.n;
        text.append(span);
      }
      content.append(text);
    }
    for (const check of part.checks ?? []) {
      const line = element("div", `check ${check.held === null ? "" : check.held ? "held" : "broken"}`);
      line.append(element("i", "", check.held === null ? "?" : check.held ? "✓" : "✗"),
                  element("span", "", check.t));
      content.append(line);
    }
    for (const line of part.lines ?? []) content.append(element("div", "", line));
    if (part.diff) {
      const text = element("pre", "diff");
      for (const line of part.diff) {
        const tone = line.startsWith("+") ? "add" : line.startsWith("-") ? "del" : "";
        text.append(element("span", tone, `${line}\n`));
      }
      content.append(text);
    }
    if (part.rows) {
      const table = element("table");
      for (const row of part.rows) {
        const line = element("tr");
        row.forEach((cell, at) => line.append(element("td", at ? "" : cell, cell)));
        table.append(line);
      }
      content.append(table);
    }
    if (part.pictures) content.append(this.pictures(part.pictures));
    if (part.dom) content.append(this.page(part.dom));
    made.append(element("b", "", part.title), content);
    return made;
  }

  pictures(pictures) {
    const row = element("div", "pictures");
    for (const picture of pictures) {
      const figure = element("figure");
      const source = this.data.blobs[picture.blob];
      if (source) {
        const image = element("img");
        image.alt = `the screen ${picture.title} the action`;
        image.src = source;
        figure.append(image);
      }
      figure.append(element("figcaption", "", source ? picture.title : `${picture.title}: …`));
      row.append(figure);
    }
    return row;
  }

  page(name) {
    const source = this.data.blobs[name];
    if (!source) return element("div", "", "…");
    const frame = element("iframe");
    // No script, no form, no way to the page around it; and the document's own policy loads nothing.
    frame.setAttribute("sandbox", "");
    frame.setAttribute("referrerpolicy", "no-referrer");
    frame.srcdoc = keptPage(source);
    return frame;
  }
}
