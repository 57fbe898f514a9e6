// The page: one selection, one view; whatever changes either asks for one new picture.

class App {
  constructor(recording) {
    this.recording = recording;
    this.selection = {step: 0, slice: -1, job: -1, focus: false};
    const ports = recording.lanes.filter((lane) => lane.group === "Ports").map((lane) => recording.strings.indexOf(lane.label));
    this.palette = new Palette(ports);
    this.view = new View(recording);
    this.layout = new Layout(recording);
    this.search = new Search(recording);
    this.lanes = new Surface(byId("lanes"));
    this.overviewSurface = new Surface(byId("overview"));
    this.painter = new Painter(this.lanes, recording, this.view, this.layout, this.palette, this.selection);
    this.overview = new Overview(this.overviewSurface, recording, this.view, this.palette, this.selection, () => this.redraw());
    this.panels = new Panels(recording, new StateModel(recording), this.palette, (step, slice, options) => this.go(step, slice, options));
    this.hits = new Uint32Array(0);
    this._texts();
    this._legend();
    this.lanes.fit();
    this._resized();
    this.go(0);
  }

  _texts() {
    const {meta, steps} = this.recording;
    document.title = meta.title;
    byId("title").textContent = meta.title;
    byId("summary").textContent = byId("summary").title = meta.summary;
    const slider = byId("slider");
    slider.max = String(Math.max(steps - 1, 0));
    byId("lanes").setAttribute("aria-label", `Timeline of ${steps} steps in ${this.recording.lanes.length} lanes. ` +
      "Left and right arrow keys step; question mark shows all keys.");
    this._buttons();
  }

  _buttons() {
    byId("axis").textContent = this.view.axis === "steps" ? "Axis: steps" : "Axis: time";
    byId("colours").textContent = this.palette.byPort ? "Colours: ports" : "Colours: kinds";
  }

  _legend() {
    const items = this.palette.byPort ? this._portColours() : this._kindColours();
    items.push(element("span", "", element("i", "swatch arrow", "⟶"), "driver_async → invoke → ready_async"),
      element("span", "", element("i", "swatch tick"), "step"));
    const thinned = element("span", "faint");
    thinned.id = "thinned";
    byId("legend").replaceChildren(...items, thinned);
  }

  _kindColours() {
    const used = new Set(this.recording.columns.sliceKind);
    if (this.recording.lanes.some((lane) => lane.life)) used.add(KIND.alive);
    return KINDS.map(([name, text], kind) => [name, text, kind]).filter(([, , kind]) => used.has(kind)).map(([name, text]) =>
      element("span", "", swatch(`var(--kind-${name})`, name === "waiting" ? "hatched" : ""), text));
  }

  _portColours() {
    const {ports, placeOfPort} = this.palette;
    const shown = [...placeOfPort].slice(0, ports.length);
    const items = shown.map(([port, place]) =>
      element("span", "", swatch(`var(--port-${place})`), this.recording.strings[port]));
    if (placeOfPort.size > shown.length) items.push(element("span", "", `and ${placeOfPort.size - shown.length} more, in turn`));
    return items;
  }

  // --- the selection ---

  /** Select a step (and a slice, or the job that it is a station of). With *focus*, what is not of the job fades. */
  go(step, slice = -1, {reveal = true, job = -1, focus = slice >= 0 || job >= 0} = {}) {
    const {recording, selection} = this;
    selection.step = Math.min(Math.max(step, 0), recording.steps - 1);
    selection.slice = slice;
    selection.focus = focus;
    selection.job = job >= 0 ? job : slice >= 0 ? recording.columns.sliceJob[slice] : recording.jobAt(selection.step);
    if (reveal) {
      this.view.reveal(selection.step);
      this._revealLane(recording.laneAt(selection.step));
    }
    this.panels.details(selection);
    this.panels.state(selection.step);
    byId("slider").value = String(selection.step);
    const text = `${recording.name(selection.step)} on ${recording.thread(selection.step)}`;
    byId("slider").setAttribute("aria-valuetext", `step ${selection.step + 1}: ${text}`);
    byId("now").replaceChildren(element("b", "", `${selection.step + 1}`), ` of ${recording.steps} · ` +
      `${durationText(recording.time(selection.step))} · ${text}`);
    this._hitsText();
    this.redraw();
  }

  _revealLane(lane) {
    const band = this.layout.bands[this.layout.bandOfLane.get(lane)];
    if (!band) return;
    const room = this.lanes.height - RULER_HEIGHT;
    const {scroll} = this.painter;
    if (band.top < scroll) this.scrollTo(band.top - GROUP_HEIGHT);
    else if (band.top + band.height > scroll + room) this.scrollTo(band.top + band.height - room);
  }

  /** The next (or previous) step on the lane of the current one. */
  alongLane(direction) {
    const {laneSteps} = this.recording.columns;
    const lane = this.recording.lanes[this.recording.laneAt(this.selection.step)];
    if (!lane) return;
    const [first, count] = lane.steps;
    const at = upperBound(laneSteps, this.selection.step, first, first + count) - 1 + direction;
    if (at >= first && at < first + count) this.go(laneSteps[at]);
  }

  /** The next station of the job; after the last, the first. */
  followJob() {
    const {job, step} = this.selection;
    if (job < 0) return;
    const stations = this.recording.stations(job).map(([, at]) => at);
    this.go(stations.find((at) => at > step) ?? stations[0], -1, {job});
  }

  // --- the view ---

  scrollTo(top) {
    const most = Math.max(0, this.layout.height - (this.lanes.height - RULER_HEIGHT));
    this.painter.scroll = Math.min(Math.max(top, 0), most);
    byId("lanes-scroll").scrollTop = this.painter.scroll;
    this.redraw();
  }

  zoom(factor, x = this.view.xOfStep(this.selection.step)) {
    const inside = x >= 0 && x <= this.view.width;
    this.view.zoom(factor, inside ? x : this.view.width / 2);
    this.redraw();
  }

  pan(pixels) { this.view.pan(pixels); this.redraw(); }
  fit() { this.view.fit(); this.redraw(); }

  toggleAxis() {
    this.view.setAxis(this.view.axis === "steps" ? "time" : "steps");
    this.view.reveal(this.selection.step);
    this._buttons();
    this.redraw();
  }

  toggleColours() {
    this.palette.byPort = !this.palette.byPort;
    this._buttons();
    this._legend();
    this.redraw();
  }

  toggleTheme() {
    const dark = getComputedStyle(document.documentElement).getPropertyValue("--is-dark").trim() === "1";
    document.documentElement.dataset.theme = dark ? "light" : "dark";
    this.newColours();
  }

  newColours() { this.palette.read(); this.redraw(); }

  // --- searching ---

  find(query) {
    this.hits = this.overview.matches = this.search.find(query);
    this._hitsText();
    this.redraw();
  }

  _hitsText() {
    const {hits} = this;
    const at = upperBound(hits, this.selection.step, 0, hits.length);
    const on = at > 0 && hits[at - 1] === this.selection.step;
    byId("hits").textContent = byId("query").value.trim() ? (on ? `${at} of ${hits.length}` : `${hits.length}`) : "";
  }

  /** Go to the next (or previous) match, round the ends. */
  hit(direction) {
    const {hits} = this;
    if (!hits.length) return;
    const after = upperBound(hits, this.selection.step, 0, hits.length);
    const on = after > 0 && hits[after - 1] === this.selection.step;
    const at = direction > 0 ? after : after - (on ? 2 : 1);
    this.go(hits[(at + hits.length) % hits.length]);
  }

  // --- playing ---

  play() {
    const button = byId("play");
    if (this._playing) {
      clearInterval(this._playing);
      this._playing = undefined;
    } else {
      if (this.selection.step === this.recording.steps - 1) this.go(0);
      this._playing = setInterval(() => {
        this.go(this.selection.step + 1);
        if (this.selection.step === this.recording.steps - 1) this.play();
      }, 120);
    }
    button.classList.toggle("on", Boolean(this._playing));
    button.setAttribute("aria-label", this._playing ? "Pause" : "Play");
  }

  // --- drawing ---

  redraw() {
    if (this._asked) return;
    this._asked = true;
    requestAnimationFrame(() => {
      this._asked = false;
      this.draw();
    });
  }

  draw() {
    this.overviewSurface.fit();
    if (this.lanes.fit()) this._resized();
    this.painter.paint();
    this.overview.paint();
    byId("thinned").textContent = this.painter.thinned > 1
      ? `arrows of 1 job in ${this.painter.thinned}: ${this.painter.inView} are in view` : "";
  }

  _resized() {
    byId("lanes-height").style.height = `${this.layout.height + RULER_HEIGHT}px`;
    const most = Math.max(0, this.layout.height - (this.lanes.height - RULER_HEIGHT));
    this.painter.scroll = Math.min(this.painter.scroll, most);
  }

  fold(group) {
    this.layout.fold(group);
    this._resized();
    this.redraw();
  }

  foldHere() {
    const lane = this.recording.lanes[this.recording.laneAt(this.selection.step)];
    if (lane) this.fold(lane.group);
  }

  // --- what is under the pointer ---

  /** What is drawn at a place of the canvas: {group} or {lane, slice}; slice is -1 beside all slices. */
  at(x, y) {
    const down = y - RULER_HEIGHT + this.painter.scroll;
    const band = this.layout.bandAt(down);
    if (!band || y < RULER_HEIGHT) return {};
    if (!band.lane) return {group: band.group};
    const row = Math.floor((down - band.top - TICKS_HEIGHT) / ROW_HEIGHT);
    const range = band.lane.rows[row];
    return {lane: band.lane, slice: range && x >= this.painter.gutter ? this._sliceAt(range, x - this.painter.gutter) : -1};
  }

  _sliceAt([first, count], x) {
    const {positions} = this.view;
    const {sliceBegin} = this.recording.columns;
    const near = this.view.position(x - 2), far = this.view.position(x + 2);
    let low = first, high = first + count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[this.recording.sliceEndStep(middle)] < near) low = middle + 1;
      else high = middle;
    }
    return low < first + count && positions[sliceBegin[low]] <= far ? low : -1;
  }

  /** A click: select the slice, or the lane's step that is nearest. */
  choose(x, y) {
    const {group, lane, slice} = this.at(x, y);
    if (group) {
      this.fold(group);
    } else if (slice >= 0) {
      this.go(this.recording.columns.sliceBegin[slice], slice, {reveal: false});
    } else if (x >= this.painter.gutter) {
      this.go(this._stepNear(lane, x - this.painter.gutter), -1, {reveal: false});
    }
  }

  /** Select the innermost slice of the lane that the current step begins, ends or is in. */
  chooseAround() {
    const {step} = this.selection;
    const lane = this.recording.lanes[this.recording.laneAt(step)];
    const around = (lane?.rows ?? []).map(([first, count]) => {
      const at = upperBound(this.recording.columns.sliceBegin, step, first, first + count) - 1;
      return at >= first && this.recording.sliceEndStep(at) >= step ? at : -1;
    }).filter((slice) => slice >= 0);
    if (around.length) this.go(step, around.at(-1));
  }

  _stepNear(lane, x) {
    const position = this.view.position(x);
    if (!lane || !lane.steps[1]) return this.view.nearestStep(position);
    const {laneSteps} = this.recording.columns;
    const [first, count] = lane.steps;
    const {positions} = this.view;
    const after = upperBound(laneSteps, this.view.stepAtPosition(position), first, first + count);
    const candidates = [after - 1, after].filter((at) => at >= first && at < first + count).map((at) => laneSteps[at]);
    return candidates.reduce((best, step) =>
      Math.abs(positions[step] - position) < Math.abs(positions[best] - position) ? step : best);
  }

  zoomTo(slice) {
    if (slice < 0) return;
    const begin = this.view.positions[this.recording.columns.sliceBegin[slice]];
    const end = this.view.positions[this.recording.sliceEndStep(slice)];
    const margin = Math.max((end - begin) * 0.5, 2);
    this.view.show(begin - margin, end + margin);
    this.redraw();
  }

  /** The tip at the pointer; none over nothing. */
  tip(x, y) {
    const box = byId("tip");
    const {slice, lane} = this.at(x, y);
    box.hidden = !(slice >= 0);
    byId("lanes").style.cursor = slice >= 0 ? "pointer" : x < this.painter.gutter ? "default" : "crosshair";
    if (box.hidden) return;
    const {recording} = this;
    const {label, begin, job, kind} = recording.slice(slice);
    const length = recording.time(recording.sliceEndStep(slice)) - recording.time(begin);
    box.replaceChildren(element("strong", "", label), element("span", "faint", KINDS[kind][1]),
      element("span", "", `${durationText(length)} on ${lane.label}`),
      ...(job >= 0 ? [element("span", "faint", `job ${recording.columns.jobNumber[job]}`)] : []));
    box.style.left = `${Math.min(x + 14, this.lanes.width - box.offsetWidth - 8)}px`;
    box.style.top = `${y + 18 + box.offsetHeight > this.lanes.height ? y - box.offsetHeight - 8 : y + 18}px`;
  }
}
