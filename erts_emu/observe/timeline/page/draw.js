// The lanes' picture. What it costs depends on the pixels and not on the number of events.

const GUTTER_WIDE = 178, GUTTER_NARROW = 104, MOST_ARROWS = 500;

class Painter {
  constructor(surface, recording, view, layout, palette, selection) {
    Object.assign(this, {surface, recording, view, layout, palette, selection});
    this.scroll = 0;
    this.thinned = 1;
  }

  get gutter() { return this.surface.width < 640 ? GUTTER_NARROW : GUTTER_WIDE; }

  paint() {
    const {surface, palette, layout} = this;
    const context = surface.context;
    surface.clear(palette.page);
    context.textBaseline = "middle";
    this.view.width = Math.max(surface.width - this.gutter, 1);
    context.save();
    context.translate(0, RULER_HEIGHT - this.scroll);
    const bottom = this.scroll + surface.height - RULER_HEIGHT;
    const visible = [];
    for (let index = layout.firstBandAt(this.scroll); index < layout.bands.length && layout.bands[index].top < bottom; index++) {
      visible.push(layout.bands[index]);
    }
    visible.forEach((band) => this._background(band));
    this._grid(bottom);
    context.save();
    context.beginPath();
    context.rect(this.gutter, this.scroll, this.view.width, bottom - this.scroll);
    context.clip();
    context.translate(this.gutter, 0);
    visible.forEach((band) => { if (band.lane?.life) this._life(band); });
    this._arrows();
    visible.forEach((band) => { if (band.lane) this._lane(band); });
    this._selectedArrows();
    this._highlight();
    this._cursor(bottom);
    context.restore();
    visible.forEach((band) => this._label(band));
    context.restore();
    this._ruler();
  }

  // --- the frame ---

  _background(band) {
    const {context, width} = this.surface;
    context.fillStyle = band.lane ? (band.index % 2 ? this.palette.stripe : this.palette.page) : this.palette.panel;
    context.fillRect(0, band.top, width, band.height);
    context.fillStyle = this.palette.line;
    context.fillRect(0, band.top + band.height - 1, width, 1);
  }

  _grid(bottom) {
    const {context} = this.surface;
    context.fillStyle = this.palette.line;
    for (const at of this.view.ticks(110)) {
      const x = Math.round(this.gutter + this.view.x(at));
      if (x > this.gutter) context.fillRect(x, this.scroll, 1, bottom - this.scroll);
    }
  }

  _ruler() {
    const {context, width} = this.surface;
    context.fillStyle = this.palette.panel;
    context.fillRect(0, 0, width, RULER_HEIGHT);
    context.fillStyle = this.palette.line;
    context.fillRect(0, RULER_HEIGHT - 1, width, 1);
    context.font = MONO;
    context.fillStyle = this.palette.faint;
    context.save();
    context.beginPath();
    context.rect(this.gutter, 0, this.view.width, RULER_HEIGHT);
    context.clip();
    for (const at of this.view.ticks(110)) {
      const x = this.gutter + this.view.x(at);
      context.fillRect(Math.round(x), RULER_HEIGHT - 6, 1, 5);
      const text = this.view.positionText(at);
      if (x + 4 + context.measureText(text).width <= width) context.fillText(text, x + 4, RULER_HEIGHT / 2);
    }
    const x = Math.round(this.gutter + this.view.xOfStep(this.selection.step));
    context.fillStyle = this.palette.accent;
    context.beginPath();
    context.moveTo(x - 5, RULER_HEIGHT - 9);
    context.lineTo(x + 5, RULER_HEIGHT - 9);
    context.lineTo(x, RULER_HEIGHT - 1);
    context.fill();
    context.restore();
    context.fillStyle = this.palette.faint;
    context.font = FONT;
    context.fillText(this.view.axis === "steps" ? "step" : "time", 12, RULER_HEIGHT / 2);
  }

  _label(band) {
    const {context} = this.surface;
    const width = this.gutter;
    const {lane} = band;
    if (!lane) {
      context.fillStyle = this.palette.faint;
      context.font = FONT_BOLD;
      const sign = this.layout.folded.has(band.group) ? "▸" : "▾";
      context.fillText(`${sign}  ${band.group}`, 12, band.top + band.height / 2);
      const name = context.measureText(`${sign}  ${band.group}`).width;
      context.font = FONT;
      context.fillText(String(band.size), 20 + name, band.top + band.height / 2);
      return;
    }
    context.fillStyle = band.index % 2 ? this.palette.stripe : this.palette.page;
    context.fillRect(0, band.top, width, band.height - 1);
    context.fillStyle = this.palette.line;
    context.fillRect(width - 1, band.top, 1, band.height);
    const first = band.top + TICKS_HEIGHT + ROW_HEIGHT / 2;
    context.fillStyle = this.palette.text;
    context.font = FONT;
    drawText(context, lane.label, 24, first, width - 30);
    context.fillStyle = this.palette.faint;
    if (lane.note && lane.rows.length > 1) {
      drawText(context, lane.note, 24, first + ROW_HEIGHT - 3, width - 30);
    } else if (lane.note) {
      const after = 32 + context.measureText(lane.label).width;
      drawText(context, lane.note, after, first, width - after - 6);
    }
    const charts = band.top + TICKS_HEIGHT + Math.max(lane.rows.length, 1) * ROW_HEIGHT;
    lane.charts.forEach((chart, index) => {
      const y = charts + index * CHART_HEIGHT + CHART_HEIGHT / 2 + 2;
      context.fillStyle = index ? this.palette.chart2 : this.palette.chart;
      context.fillRect(24, y - 4, 8, 8);
      context.fillStyle = this.palette.faint;
      const text = width === GUTTER_WIDE ? `${chart.label} ≤ ${chart.max}` : `≤ ${chart.max}`;
      drawText(context, text, 37, y, width - 42);
    });
  }

  // --- lanes ---

  _lane(band) {
    const {lane} = band;
    const {context} = this.surface;
    this._ticks(band);
    context.font = FONT;
    lane.rows.forEach(([first, count], row) => this._row(first, count, band.top + TICKS_HEIGHT + row * ROW_HEIGHT));
    const charts = band.top + TICKS_HEIGHT + Math.max(lane.rows.length, 1) * ROW_HEIGHT;
    lane.charts.forEach((chart, index) => {
      this._chart(chart, charts + index * CHART_HEIGHT + 3, CHART_HEIGHT - 5, index ? this.palette.chart2 : this.palette.chart);
    });
  }

  /** The part of a lane in which its port is open. */
  _life({lane, top, height}) {
    const {context} = this.surface;
    const [begin, end] = lane.life;
    const left = Math.max(begin < 0 ? 0 : this.view.xOfStep(begin), 0);
    const right = Math.min(end < 0 ? this.view.width : this.view.xOfStep(end), this.view.width);
    if (right <= left) return;
    context.fillStyle = this.palette.kinds[KIND.alive];
    context.fillRect(left, top + 3, Math.max(right - left, 1), height - LANE_GAP + 3);
  }

  /** One stroke for each step of the lane; those that share a pixel share a stroke. */
  _ticks({lane, top}) {
    const {positions} = this.view;
    const {laneSteps} = this.recording.columns;
    const [first, count] = lane.steps;
    const {context} = this.surface;
    context.fillStyle = this.palette.tick;
    const end = first + count;
    let at = first + this._before(laneSteps.subarray(first, end), this.view.start);
    while (at < end) {
      const x = this.view.x(positions[laneSteps[at]]);
      if (x > this.view.width) break;
      context.fillRect(Math.round(x), top + 1, 1, TICKS_HEIGHT - 3);
      at = this._skip(at, end, (index) => laneSteps[index], this.view.position(x + 1));
    }
  }

  /** How many of the *steps* lie before a position. */
  _before(steps, position) {
    const {positions} = this.view;
    let low = 0, high = steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[steps[middle]] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first index after *at* whose step lies beyond *position*: near ones are tried first. */
  _skip(at, end, stepAt, position) {
    const {positions} = this.view;
    let stride = 1, low = at + 1;
    while (low < end && positions[stepAt(low)] < position) {
      at = low;
      low += stride;
      stride *= 2;
    }
    low = at + 1;
    let high = Math.min(at + 1 + stride, end);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (positions[stepAt(middle)] < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A row of slices that do not overlap. */
  _row(first, count, top) {
    const {context} = this.surface;
    const {columns, strings} = this.recording;
    const {sliceBegin, sliceKind, slicePort, sliceJob, sliceLabel} = columns;
    const {positions, width} = this.view;
    const end = first + count;
    const {job, focus} = this.selection;
    let at = this._firstVisible(first, end);
    while (at < end) {
      const left = this.view.x(positions[sliceBegin[at]]);
      if (left > width) break;
      const right = this.view.x(positions[this.recording.sliceEndStep(at)]);
      const kind = sliceKind[at];
      context.fillStyle = this.palette.ofSlice(kind, slicePort[at]);
      const dimmed = focus && job >= 0 && sliceJob[at] !== job;
      if (dimmed) context.globalAlpha = 0.3;
      if (right - left >= 1.5) {
        const x = Math.max(left, -4), size = Math.min(right, width + 4) - x;
        if (kind === KIND.waiting) this._hatch(x, top, size);
        else drawBlock(context, x, top + 1, Math.max(size - 0.5, 1), ROW_HEIGHT - 3);
        if (size > 22) {
          context.globalAlpha = 1;
          const onPage = kind === KIND.waiting || kind === KIND.busy;
          context.fillStyle = dimmed ? this.palette.faint : onPage ? this.palette.text : this.palette.sliceText;
          const textLeft = Math.max(x, 0) + 5;
          drawText(context, strings[sliceLabel[at]], textLeft, top + ROW_HEIGHT / 2, x + size - textLeft - 3);
        }
        context.globalAlpha = 1;
        at++;
      } else {
        context.fillRect(left, top + 1, 1.5, ROW_HEIGHT - 3);
        context.globalAlpha = 1;
        at = this._skip(at, end, (index) => sliceBegin[index], this.view.position(left + 1));
      }
    }
  }

  _hatch(x, top, width) {
    const {context} = this.surface;
    context.save();
    context.beginPath();
    context.rect(x, top + 1, width, ROW_HEIGHT - 3);
    context.clip();
    context.globalAlpha *= 0.25;
    context.fillRect(x, top + 1, width, ROW_HEIGHT - 3);
    context.globalAlpha = 1;
    context.strokeStyle = context.fillStyle;
    context.beginPath();
    for (let at = x - (x % 6) - 18; at < x + width; at += 6) {
      context.moveTo(at, top + ROW_HEIGHT);
      context.lineTo(at + 18, top - 1);
    }
    context.stroke();
    context.restore();
  }

  /** The first slice of a row that ends inside the view or after it. */
  _firstVisible(first, end) {
    const {positions, start} = this.view;
    while (first < end) {
      const middle = (first + end) >>> 1;
      if (positions[this.recording.sliceEndStep(middle)] < start) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  /** A step chart; where several changes share a pixel, the highest is drawn. */
  _chart(chart, top, height, colour) {
    const {seriesStep, seriesValue} = this.recording.columns;
    const {positions, width} = this.view;
    const {context} = this.surface;
    const end = chart.first + chart.count;
    const scale = (height - 2) / Math.max(chart.max, 1);
    const bottom = top + height;
    let at = chart.first + Math.max(this._before(seriesStep.subarray(chart.first, end), this.view.start) - 1, 0);
    if (at >= end) return;
    context.fillStyle = colour;
    context.strokeStyle = colour;
    context.beginPath();
    let x = Math.max(this.view.x(positions[seriesStep[at]]), -2);
    context.moveTo(x, bottom);
    while (at < end && x <= width) {
      let next = at + 1, highest = seriesValue[at];
      const limit = this.view.position(x + 1);
      while (next < end && positions[seriesStep[next]] < limit) highest = Math.max(highest, seriesValue[next++]);
      const nextX = next < end ? Math.min(this.view.x(positions[seriesStep[next]]), width + 2) : width + 2;
      context.lineTo(x, bottom - highest * scale);
      if (next - at > 1 && nextX > x + 2) {
        context.lineTo(x + 1, bottom - highest * scale);
        context.lineTo(x + 1, bottom - seriesValue[next - 1] * scale);
        context.lineTo(nextX, bottom - seriesValue[next - 1] * scale);
      } else {
        context.lineTo(nextX, bottom - highest * scale);
      }
      x = nextX;
      at = next;
    }
    context.stroke();
    context.lineTo(x, bottom);
    context.closePath();
    context.globalAlpha = 0.22;
    context.fill();
    context.globalAlpha = 1;
  }

  // --- jobs ---

  /** Arrows driver_async -> invoke -> ready_async of the jobs that are in view: all, or every n-th of very many. */
  _arrows() {
    const {jobPut, jobEnd, jobDone} = this.recording.columns;
    const {positions, start, end} = this.view;
    const {steps} = this.recording;
    const visible = [];
    const last = this._before(jobPut, end);
    for (let job = 0; job < last; job++) {
      const until = jobEnd[job] !== NEVER ? jobEnd[job] : jobDone[job] !== NEVER ? jobDone[job] : steps - 1;
      if (positions[until] >= start) visible.push(job);
    }
    this.thinned = Math.max(1, Math.ceil(visible.length / MOST_ARROWS));
    this.inView = visible.length;
    const {context} = this.surface;
    context.strokeStyle = this.palette.arrow;
    context.fillStyle = this.palette.arrow;
    context.globalAlpha = this.selection.focus && this.selection.job >= 0 ? 0.15 : Math.max(0.16, Math.min(0.8, 18 / Math.max(visible.length / this.thinned, 1)));
    context.lineWidth = 1;
    for (let index = 0; index < visible.length; index += this.thinned) this._arrowsOf(visible[index]);
    context.globalAlpha = 1;
  }

  _selectedArrows() {
    if (this.selection.job < 0) return;
    const {context} = this.surface;
    context.strokeStyle = context.fillStyle = this.palette.mark;
    context.lineWidth = 2;
    this._arrowsOf(this.selection.job);
    context.lineWidth = 1;
  }

  _arrowsOf(job) {
    const {jobPut, jobInvoke, jobGet, jobDone, jobEnd, jobReady} = this.recording.columns;
    const invoke = jobInvoke[job] !== NEVER ? jobInvoke[job] : jobGet[job];
    if (invoke === NEVER) return;
    this._arrow(jobPut[job], invoke);
    const ready = jobEnd[job] !== NEVER ? jobEnd[job] : jobReady[job];
    if (jobDone[job] !== NEVER && ready !== NEVER) this._arrow(jobDone[job], ready);
  }

  _arrow(from, to) {
    const start = this._place(from), end = this._place(to);
    if (!start || !end) return;
    const x = this.view.xOfStep(from), toX = this.view.xOfStep(to);
    if (Math.max(x, toX) < -50 || Math.min(x, toX) > this.view.width + 50) return;
    const {context} = this.surface;
    const bend = Math.max(12, Math.min(Math.abs(toX - x) * 0.5, 70));
    context.beginPath();
    context.moveTo(x, start);
    context.bezierCurveTo(x + bend, start, toX - bend, end, toX - 3, end);
    context.stroke();
    context.beginPath();
    context.moveTo(toX, end);
    context.lineTo(toX - 6, end - 3);
    context.lineTo(toX - 6, end + 3);
    context.fill();
  }

  /** The middle of the row in which a step happened; null if its lane is folded away. */
  _place(step) {
    const lane = this.recording.laneAt(step);
    if (lane < 0) return null;
    const row = this.recording.columns.stepRow[step];
    const top = this.layout.rowTop(lane, Math.max(row, 0));
    if (top === null) return null;
    return top + ROW_HEIGHT / 2 - 0.5;
  }

  // --- what is selected ---

  _highlight() {
    const {slice} = this.selection;
    if (slice < 0) return;
    const place = this._placeOfSlice(slice);
    if (!place) return;
    const {context} = this.surface;
    const left = this.view.xOfStep(this.recording.columns.sliceBegin[slice]);
    const right = this.view.xOfStep(this.recording.sliceEndStep(slice));
    context.strokeStyle = this.palette.mark;
    context.lineWidth = 2;
    context.beginPath();
    context.roundRect(left - 1, place, Math.max(right - left + 2, 4), ROW_HEIGHT - 1, 4);
    context.stroke();
    context.lineWidth = 1;
  }

  _placeOfSlice(slice) {
    for (const band of this.layout.bands) {
      if (!band.lane) continue;
      const row = band.lane.rows.findIndex(([first, count]) => slice >= first && slice < first + count);
      if (row >= 0) return band.top + TICKS_HEIGHT + row * ROW_HEIGHT;
    }
    return null;
  }

  _cursor(bottom) {
    const {context} = this.surface;
    const {step} = this.selection;
    const x = Math.round(this.view.xOfStep(step)) + 0.5;
    if (x < -1 || x > this.view.width + 1) return;
    context.strokeStyle = this.palette.accent;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x, this.scroll);
    context.lineTo(x, bottom);
    context.stroke();
    const place = this._place(step);
    if (place === null) return;
    context.fillStyle = this.palette.accent;
    context.beginPath();
    context.arc(x, place, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.strokeStyle = this.palette.page;
    context.lineWidth = 1.5;
    context.stroke();
    context.lineWidth = 1;
  }
}
