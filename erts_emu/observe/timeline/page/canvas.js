// A canvas that is as sharp as the screen, and a few shapes.

class Surface {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.width = this.height = 1;
  }

  /** Follow the size that the page gives the canvas; true if it changed. */
  fit() {
    const ratio = window.devicePixelRatio || 1;
    const {clientWidth, clientHeight} = this.canvas;
    if (this.canvas.width === Math.round(clientWidth * ratio) && this.canvas.height === Math.round(clientHeight * ratio)) return false;
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.width = clientWidth;
    this.height = clientHeight;
    return true;
  }

  clear(colour) {
    this.context.fillStyle = colour;
    this.context.fillRect(0, 0, this.width, this.height);
  }
}

const FONT = '11px ui-sans-serif, system-ui, "Segoe UI", Roboto, sans-serif';
const FONT_BOLD = `600 ${FONT}`;
const MONO = '10.5px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace';

const OF_A_JOB = /^(?:invoke|ready_async|async_free) (\d+)$/;

/** Draw *text* with its left end at x, cut to *width*: of "invoke 12" rather the number is left than "inv". */
function drawText(context, text, x, y, width) {
  const room = Math.floor(width / letterWidth(context));
  if (text.length > room) {
    const number = OF_A_JOB.exec(text)?.[1];
    text = number ? (number.length <= room ? number : "") : room > 3 ? `${text.slice(0, room - 1)}…` : "";
  }
  if (text) context.fillText(text, x, y);
}

const letterWidths = new Map();

/** The usual width of a letter in the current font: measuring every text would cost more than drawing it. */
function letterWidth(context) {
  let width = letterWidths.get(context.font);
  if (!width) letterWidths.set(context.font, width = context.measureText("async_invoke #Port<0.3> 12").width / 26);
  return width;
}

/** Draw a rectangle with round corners, if it is wide enough to have any. */
function drawBlock(context, x, y, width, height) {
  if (width < 5) {
    context.fillRect(x, y, width, height);
    return;
  }
  context.beginPath();
  context.roundRect(x, y, width, height, 3);
  context.fill();
}
