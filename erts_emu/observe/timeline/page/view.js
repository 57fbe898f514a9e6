// What is shown: the axis (time, or one column for each step) and the visible part of it.

class View {
  constructor(recording) {
    this.recording = recording;
    this.width = 1;
    this.setAxis(recording.meta.axis);
  }

  /** Choose the axis: "time" places a step at its time, "steps" at its number. */
  setAxis(axis) {
    const {time} = this.recording.columns;
    const middle = this.positions ? this.stepAtPosition((this.start + this.end) / 2) : -1;
    const share = this.positions ? (this.end - this.start) / this.whole : 1;
    this.axis = axis;
    this.positions = time;
    if (axis === "steps") {
      this.positions = new Float64Array(time.length);
      for (let step = 0; step < time.length; step++) this.positions[step] = step;
    }
    const last = time.length ? this.positions[time.length - 1] : 0;
    const margin = axis === "steps" ? 1 : Math.max(last * 0.005, 1);
    this.low = -margin;
    this.high = last + margin;
    this.fit();
    if (middle >= 0 && share < 1) {
      const half = this.whole * share / 2;
      this.show(this.positions[middle] - half, this.positions[middle] + half);
    }
  }

  get whole() { return this.high - this.low; }
  get narrowest() { return this.axis === "steps" ? 4 : 20; }

  fit() { this.start = this.low; this.end = this.high; }

  /** Show the part between two positions, as near as the ends of the recording allow. */
  show(start, end) {
    const length = Math.min(Math.max(end - start, this.narrowest), this.whole);
    const middle = (start + end) / 2;
    this.start = Math.min(Math.max(middle - length / 2, this.low), this.high - length);
    this.end = this.start + length;
  }

  zoom(factor, atX) {
    const at = this.position(atX);
    this.show(at - (at - this.start) * factor, at + (this.end - at) * factor);
  }

  pan(pixels) {
    const shift = pixels / this.width * (this.end - this.start);
    this.show(this.start + shift, this.end + shift);
  }

  /** Pan so that *step* is visible. */
  reveal(step) {
    const at = this.positions[step];
    const length = this.end - this.start;
    if (at < this.start + length * 0.02 || at > this.end - length * 0.02) this.show(at - length / 2, at + length / 2);
  }

  x(position) { return (position - this.start) / (this.end - this.start) * this.width; }
  xOfStep(step) { return this.x(this.positions[step]); }
  position(x) { return this.start + x / this.width * (this.end - this.start); }

  /** The last step at or before a position; 0 if there is none. */
  stepAtPosition(position) {
    return Math.max(0, upperBound(this.positions, position, 0, this.positions.length) - 1);
  }

  /** The step nearest to a position. */
  nearestStep(position) {
    const before = this.stepAtPosition(position);
    const after = Math.min(before + 1, this.positions.length - 1);
    return position - this.positions[before] <= this.positions[after] - position ? before : after;
  }

  /** Round positions for the ruler, about every *pixels*. */
  ticks(pixels) {
    const rough = Math.max((this.end - this.start) / Math.max(this.width / pixels, 1), 1);
    const power = 10 ** Math.floor(Math.log10(rough));
    const distance = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough);
    const first = this.axis === "steps" ? 1 : 0; // steps are counted from 1, and round numbers are wanted
    const ticks = [];
    for (let label = Math.ceil((this.start + first) / distance) * distance; label - first <= this.end; label += distance) {
      if (label >= 0) ticks.push(Math.max(label - first, 0));
    }
    return ticks;
  }

  positionText(position) {
    return this.axis === "steps" ? String(Math.round(position) + 1) : durationText(position);
  }
}

/** Nanoseconds, in the unit that suits them. */
function durationText(nanoseconds) {
  const units = [[1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];
  const [size, unit] = units.find(([each]) => Math.abs(nanoseconds) >= each) ?? units[3];
  return `${Number((nanoseconds / size).toFixed(unit === "ns" ? 0 : 3))} ${unit}`;
}
