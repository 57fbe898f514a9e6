// Keys, mouse and buttons.

// [keys, text for the help, action]
const BINDINGS = [
  [["ArrowRight"], "a step forward (with Shift: ten)", (app, event) => app.go(app.selection.step + (event.shiftKey ? 10 : 1))],
  [["ArrowLeft"], "a step back (with Shift: ten)", (app, event) => app.go(app.selection.step - (event.shiftKey ? 10 : 1))],
  [["]"], "the next step on this lane", (app) => app.alongLane(1)],
  [["["], "the previous step on this lane", (app) => app.alongLane(-1)],
  [["j"], "follow the job: its next station", (app) => app.followJob()],
  [["Home"], "the first step", (app) => app.go(0)],
  [["End"], "the last step", (app) => app.go(app.recording.steps - 1)],
  [[" "], "play, pause", (app) => app.play()],
  [["w", "+", "="], "zoom in", (app) => app.zoom(0.6)],
  [["s", "-"], "zoom out", (app) => app.zoom(1 / 0.6)],
  [["a"], "pan to the left", (app) => app.pan(-app.view.width * 0.2)],
  [["d"], "pan to the right", (app) => app.pan(app.view.width * 0.2)],
  [["ArrowUp"], "lanes up", (app) => app.scrollTo(app.painter.scroll - 60)],
  [["ArrowDown"], "lanes down", (app) => app.scrollTo(app.painter.scroll + 60)],
  [["Enter"], "select the slice around this step", (app) => app.chooseAround()],
  [["z"], "zoom to the selected slice", (app) => app.zoomTo(app.selection.slice)],
  [["g"], "fold the group of this lane, or unfold it", (app) => app.foldHere()],
  [["f"], "show all", (app) => app.fit()],
  [["x"], "axis: time or steps", (app) => app.toggleAxis()],
  [["c"], "colours: kinds or ports", (app) => app.toggleColours()],
  [["/"], "search", () => { byId("query").focus(); byId("query").select(); }],
  [["n"], "the next match", (app) => app.hit(1)],
  [["N"], "the previous match", (app) => app.hit(-1)],
  [["t"], "light or dark", (app) => app.toggleTheme()],
  [["?"], "this help", () => byId("help").showModal()],
  [["Escape"], "select no slice, leave the search", (app) => app.go(app.selection.step)],
];
const KEY_NAMES = {ArrowRight: "→", ArrowLeft: "←", ArrowUp: "↑", ArrowDown: "↓", " ": "space", Escape: "Esc"};

function bindKeys(app) {
  byId("keys").append(...BINDINGS.flatMap(([keys, text]) =>
    [element("dt", "", ...keys.flatMap((key) => [element("kbd", "", KEY_NAMES[key] ?? key), " "])), element("dd", "", text)]));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || byId("help").open) return;
    const {target} = event;
    if (target === byId("query")) {
      searchKey(app, event);
      return;
    }
    if ((event.key === " " || event.key === "Enter") && (target.tagName === "BUTTON" || target.tagName === "SUMMARY")) return;
    const binding = BINDINGS.find(([keys]) => keys.includes(event.key));
    if (!binding) return;
    event.preventDefault();
    binding[2](app, event);
  });
}

function searchKey(app, event) {
  if (event.key === "Enter") {
    event.preventDefault();
    app.hit(event.shiftKey ? -1 : 1);
  } else if (event.key === "Escape") {
    byId("query").value = "";
    app.find("");
    byId("lanes").focus();
  }
}

function bindButtons(app) {
  const actions = {
    first: () => app.go(0), back: () => app.go(app.selection.step - 1), play: () => app.play(),
    forward: () => app.go(app.selection.step + 1), last: () => app.go(app.recording.steps - 1),
    axis: () => app.toggleAxis(), colours: () => app.toggleColours(), theme: () => app.toggleTheme(),
    "zoom-in": () => app.zoom(0.6), "zoom-out": () => app.zoom(1 / 0.6), fit: () => app.fit(),
    "help-open": () => byId("help").showModal(), "hit-before": () => app.hit(-1), "hit-after": () => app.hit(1),
  };
  for (const [id, action] of Object.entries(actions)) byId(id).addEventListener("click", action);
  byId("slider").addEventListener("input", (event) => app.go(Number(event.target.value)));
  byId("query").addEventListener("input", (event) => app.find(event.target.value));
  byId("search").addEventListener("submit", (event) => event.preventDefault());
}

function bindMouse(app) {
  const canvas = byId("lanes");
  let grip = null;
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    if (event.ctrlKey || event.metaKey) app.zoom(1.0015 ** pixels, event.offsetX - app.painter.gutter);
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) app.pan(event.deltaX || pixels);
    else app.scrollTo(app.painter.scroll + pixels);
  }, {passive: false});
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    grip = {x: event.offsetX, y: event.offsetY, moved: false};
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!grip) {
      app.tip(event.offsetX, event.offsetY);
      return;
    }
    const dx = event.offsetX - grip.x, dy = event.offsetY - grip.y;
    if (!grip.moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    byId("tip").hidden = true;
    app.pan(-dx);
    app.scrollTo(app.painter.scroll - dy);
    grip = {x: event.offsetX, y: event.offsetY, moved: true};
  });
  canvas.addEventListener("pointerup", (event) => {
    if (grip && !grip.moved) app.choose(event.offsetX, event.offsetY);
    grip = null;
  });
  canvas.addEventListener("pointercancel", () => { grip = null; });
  canvas.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
  canvas.addEventListener("dblclick", (event) => app.zoomTo(app.at(event.offsetX, event.offsetY).slice ?? -1));
  byId("lanes-scroll").addEventListener("scroll", (event) => {
    if (Math.abs(event.target.scrollTop - app.painter.scroll) > 1) app.scrollTo(event.target.scrollTop);
  });
}

function bindWindow(app) {
  new ResizeObserver(() => app.redraw()).observe(byId("stage"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => app.newColours());
}
