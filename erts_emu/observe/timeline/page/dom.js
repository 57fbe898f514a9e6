// Elements. Texts come from drivers and scripts: they only ever become text nodes.

const byId = (id) => document.getElementById(id);

/** Make an element with a class and children: elements or texts. */
function element(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

/** A button inside a text, that leads somewhere. */
function link(text, title, action) {
  const made = element("button", "link", text);
  made.type = "button";
  made.title = title;
  made.addEventListener("click", action);
  return made;
}

/** A small square of a colour. */
function swatch(colour, name = "") {
  const made = element("i", `swatch ${name}`);
  made.style.setProperty("--swatch", colour);
  return made;
}
