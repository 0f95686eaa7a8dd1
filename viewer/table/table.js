// A table whose first column names its rows. All of it arrives as plain text and is set with
// textContent.

export default function (component) {
  const { parentElement, data } = component;
  const root = document.createElement("div");
  root.className = "lt";
  const table = document.createElement("table");
  const top = table.createTHead().insertRow();
  for (const name of data.columns) top.append(head("col", name));
  const body = table.createTBody();
  for (const [name, ...cells] of data.rows) {
    const line = body.insertRow();
    line.append(head("row", name));
    for (const cell of cells) line.insertCell().textContent = cell;
  }
  root.append(note(data.before), table, note(data.after));
  parentElement.querySelector(".lt")?.remove();
  parentElement.append(root);
}

function note(text) {
  const made = document.createElement("p");
  made.textContent = text;
  return made;
}

function head(scope, text) {
  const made = document.createElement("th");
  made.scope = scope;
  made.textContent = text;
  return made;
}
