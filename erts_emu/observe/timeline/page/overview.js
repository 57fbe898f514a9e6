// The narrow picture of the whole run: how much happens where, what is shown, where matches are.

class Overview {
  constructor(surface, recording, view, palette, selection, changed) {
    Object.assign(this, {surface, recording, view, palette, selection});
    this.matches = new Uint32Array(0);
    const {canvas} = surface;
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      this._from = event.offsetX;
      this._pan = this._inWindow(event.offsetX);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (this._from === undefined) return;
      if (this._pan) {
        this._centre(event.offsetX);
      } else if (Math.abs(event.offsetX - this._from) > 3) {
        const [low, high] = [this._from, event.offsetX].sort((one, other) => one - other);
        view.show(this._position(low), this._position(high));
      }
      changed();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (this._from !== undefined && Math.abs(event.offsetX - this._from) <= 3) this._centre(event.offsetX);
      this._from = undefined;
      changed();
    });
  }

  _position(x) { return this.view.low + x / this.surface.width * this.view.whole; }
  _x(position) { return (position - this.view.low) / this.view.whole * this.surface.width; }

  _inWindow(x) {
    const position = this._position(x);
    return this.view.end - this.view.start < this.view.whole * 0.98 && position >= this.view.start && position <= this.view.end;
  }

  _centre(x) {
    const half = (this.view.end - this.view.start) / 2;
    this.view.show(this._position(x) - half, this._position(x) + half);
  }

  /** For each step, how many jobs are in flight after it. */
  _inFlight() {
    if (!this._flying) {
      const {jobPut, jobEnd} = this.recording.columns;
      this._flying = new Int32Array(this.recording.steps + 1);
      for (let job = 0; job < this.recording.jobs; job++) {
        if (jobPut[job] === NEVER) continue;
        this._flying[jobPut[job]]++;
        if (jobEnd[job] !== NEVER) this._flying[jobEnd[job]]--;
      }
      for (let step = 1; step <= this.recording.steps; step++) this._flying[step] += this._flying[step - 1];
    }
    return this._flying;
  }

  /** For each pixel: steps, and the most jobs in flight. Computed again only when the axis or the width changes. */
  _sums() {
    const key = `${this.view.axis} ${this.surface.width}`;
    if (this._key !== key) {
      this._key = key;
      const {positions} = this.view;
      const flying = this._inFlight();
      const pixels = Math.ceil(this.surface.width) + 1;
      this._counts = new Uint32Array(pixels);
      this._jobs = new Int32Array(pixels).fill(-1);
      for (let step = 0; step < positions.length; step++) {
        const x = Math.max(0, Math.floor(this._x(positions[step])));
        this._counts[x]++;
        this._jobs[x] = Math.max(this._jobs[x], flying[step]);
      }
      for (let x = 0, before = 0; x < pixels; x++) before = this._jobs[x] = this._jobs[x] < 0 ? before : this._jobs[x];
      this._mostSteps = Math.max(1, ...this._counts);
      this._mostJobs = Math.max(1, ...this._jobs);
    }
  }

  paint() {
    const {surface, palette, view} = this;
    const {context, width, height} = surface;
    surface.clear(palette.panel);
    this._sums();
    context.fillStyle = palette.chart;
    context.globalAlpha = 0.28;
    this._jobs.forEach((jobs, x) => {
      const size = (height - 10) * jobs / this._mostJobs;
      context.fillRect(x, height - size, 1, size);
    });
    context.globalAlpha = view.axis === "steps" ? 0.35 : 0.8;
    context.fillStyle = palette.tick;
    this._counts.forEach((count, x) => {
      const size = !count ? 0 : view.axis === "steps" ? 4 : 2 + (height - 10) * Math.sqrt(count / this._mostSteps) * 0.7;
      context.fillRect(x, height - size, 1, size);
    });
    context.globalAlpha = 1;
    context.fillStyle = palette.mark;
    let last = -9;
    for (const step of this.matches) {
      const x = this._x(view.positions[step]);
      if (x - last >= 2) context.fillRect(last = x, 0, 2, 7);
    }
    context.fillStyle = palette.page;
    context.globalAlpha = 0.65;
    context.fillRect(0, 0, this._x(view.start), height);
    context.fillRect(this._x(view.end), 0, width - this._x(view.end), height);
    context.globalAlpha = 1;
    context.strokeStyle = palette.faint;
    if (view.end - view.start < view.whole * 0.999) context.strokeRect(this._x(view.start) + 0.5, 0.5, Math.max(this._x(view.end) - this._x(view.start) - 1, 2), height - 1);
    context.fillStyle = palette.accent;
    context.fillRect(Math.round(this._x(view.positions[this.selection.step])) - 1, 0, 2, height);
  }
}
