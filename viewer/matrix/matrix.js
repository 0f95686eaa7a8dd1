// Totals and the matrix of the overview. All names arrive as plain text and are set with
// textContent. Each cell is a button: a key or a click on it asks for the episodes behind it.

export default function (component) {
  const { parentElement, data, setStateValue, setTriggerValue } = component;
  const root = element("div", "lm");
  const told = element("p", "none", "Click a number to see the episodes behind it.");
  root.append(choices(data, (by) => setStateValue("by", by)), told, totals(data.totals),
    scroller(data, (cell) => setTriggerValue("cell", cell)));
  parentElement.querySelector(".lm")?.remove();
  parentElement.append(root);
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What the rows are by: one of several, as buttons that say which one is on.
function choices({ by, offered }, pick) {
  const made = element("div", "by");
  made.role = "group";
  made.ariaLabel = "By";
  made.append(element("span", "none", "By"));
  for (const name of offered) {
    const one = button(name, `by ${name}`, () => pick(name));
    one.ariaPressed = String(name === by);
    made.append(one);
  }
  return made;
}

function totals(values) {
  const list = element("dl", "totals");
  for (const [name, value] of values) {
    const item = element("div");
    item.append(element("dt", "", name), element("dd", "", value));
    list.append(item);
  }
  return list;
}

function scroller(data, pick) {
  const table = element("table");
  const top = table.createTHead().insertRow();
  const heads = [[data.by, ""], ["episodes", "number"], ["solved", "number"],
    ...data.columns.map(([name, event]) => [name, event ? "number event" : "number mode"])];
  for (const [name, kind] of heads) {
    const head = element("th", kind, name);
    head.scope = "col";
    top.append(head);
  }
  const body = table.createTBody();
  data.rows.forEach((row, at) => {
    const line = body.insertRow();
    const head = element("th");
    head.scope = "row";
    head.append(button(row.name, `all episodes: ${row.name}`, () => pick([at, -1])));
    line.append(head, element("td", "number", row.episodes.toLocaleString("en")),
      element("td", "number", row.solved === null ? "" : `${Math.round(row.solved * 100)}%`));
    row.counts.forEach((count, column) => {
      const cell = element("td", "number");
      if (count) {
        const share = Math.min(1, count / Math.max(1, row.episodes));
        // Light enough for the text of either theme to be read on it.
        cell.style.backgroundColor = `rgba(217, 72, 15, ${(share * 0.45).toFixed(3)})`;
        const told = `${row.name}, ${data.columns[column][0]}: ${(share * 100).toFixed(0)}% of its episodes`;
        cell.append(button(count.toLocaleString("en"), told, () => pick([at, column])));
      } else {
        cell.append(element("span", "none", "·"));
      }
      line.append(cell);
    });
  });
  const box = element("div", "scroll");
  box.append(table);
  return box;
}

function button(text, told, clicked) {
  const made = element("button", "", text);
  made.type = "button";
  made.title = told;
  made.addEventListener("click", clicked);
  return made;
}
