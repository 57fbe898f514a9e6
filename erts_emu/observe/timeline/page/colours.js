// Colours: taken from the style sheet, so that light and dark are decided in one place.

// Kinds of slices, by number as the Python side writes them: [name in the style sheet, text for the legend].
const KINDS = [
  ["command", "output, control, call"], ["life", "start, stop, flush"], ["io", "ready_input, ready_output, timeout"],
  ["invoke", "async_invoke"], ["ready", "ready_async"], ["free", "async_free"], ["other", "other callbacks"],
  ["held", "lock held"], ["waiting", "waiting for a lock"], ["busy", "busy port"], ["alive", "open port"],
  ["run", "process or port runs"],
];
const KIND = Object.fromEntries(KINDS.map(([name], index) => [name, index]));
const SURFACES = ["page", "panel", "stripe", "line", "text", "faint", "accent", "mark", "tick", "chart", "chart2", "arrow"];

class Palette {
  /** *ports* are the numbers of the ports' texts, in the order of their lanes: neighbours get different colours. */
  constructor(ports) {
    this.byPort = false;
    this.placeOfPort = new Map(ports.map((port, index) => [port, index]));
    this.read();
  }

  /** Read the colours that are valid now. */
  read() {
    const style = getComputedStyle(document.documentElement);
    const value = (name) => style.getPropertyValue(`--${name}`).trim();
    for (const name of SURFACES) this[name] = value(name);
    this.kinds = KINDS.map(([name]) => value(`kind-${name}`));
    this.ports = Array.from({length: 8}, (_, index) => value(`port-${index}`));
    this.sliceText = value("slice-text");
  }

  /** The colour of a slice of a kind that belongs to a port (-1: none). */
  ofSlice(kind, port) {
    const place = this.byPort && kind !== KIND.busy ? this.placeOfPort.get(port) : undefined;
    return place === undefined ? this.kinds[kind] : this.ports[place % this.ports.length];
  }
}
