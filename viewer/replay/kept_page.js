// A page as it was kept, made so that it names nothing to load. The frame that shows it forbids every
// load and every script as well; this is so that a browser does not even think of one.

// Before all else in the document: what is left out below by mistake is stopped here.
const POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; ' +
  "img-src data:; style-src 'unsafe-inline'; font-src data:; form-action 'none'; " +
  "base-uri 'none'\">";
const LEFT_OUT = "script, meta, base, link, iframe, frame, object, embed, portal, fencedframe, " +
  "applet, animate, animateTransform, animateMotion, set";
const LEADS_AWAY = /^on|(^|:|-)(src|href|srcset|srcdoc|imagesrcset|poster|data|background|action|formaction|ping|cite|longdesc|lowsrc|dynsrc|manifest|codebase|archive|classid|profile)$/i;
const LOADS = /url\(|image-set\(|image\(|src\(|cross-fade\(/i;
const DATA = /^data:(image|font)\//i;
const DATA_IN_STYLE = /url\(["']?data:(image|font)\/[^"')]*["']?\)/gi;

// Parsed where nothing is shown, and so nothing loaded or run.
function keptPage(source) {
  const made = new DOMParser().parseFromString(source, "text/html");
  quieten(made);
  return `<!doctype html>${POLICY}${made.documentElement.outerHTML}`;
}

function quieten(root) {
  for (const one of root.querySelectorAll(LEFT_OUT)) one.remove();
  for (const one of root.querySelectorAll("template")) quieten(one.content);
  for (const one of root.querySelectorAll("style")) one.textContent = quietSheet(one.textContent);
  for (const one of root.querySelectorAll("*")) {
    if (one.style) quietStyle(one.style);
    for (const { name, value } of [...one.attributes]) {
      const away = LEADS_AWAY.test(name) ? !DATA.test(value) : name !== "style" && loads(value);
      if (away) one.removeAttribute(name);
    }
  }
}

// Through the browser's own reader of styles, which knows every way to write an address; a sheet
// that is made like this imports no other.
function quietSheet(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  quietRules(sheet);
  return [...sheet.cssRules].map((rule) => rule.cssText).filter((rule) => !loads(rule)).join("\n");
}

function quietRules(group) {
  for (const rule of group.cssRules) {
    if (rule.style) quietStyle(rule.style);
    if (rule.cssRules) quietRules(rule);
  }
}

function quietStyle(style) {
  for (const name of [...style]) {
    const value = style.getPropertyValue(name);
    // A page's own property is kept as it was written, escapes and all.
    if (loads(value) || (name.startsWith("--") && value.includes("\\"))) style.removeProperty(name);
  }
}

function loads(value) {
  return LOADS.test(value.replace(DATA_IN_STYLE, ""));
}
