// The side panel: what a step is, and the state of the emulator after it.

const MOST_CHIPS = 8, MOST_ROWS = 60;

class Panels {
  constructor(recording, states, palette, go) {
    Object.assign(this, {recording, states, palette, go});
    this.closed = new Set();
  }

  // --- the step or slice that is selected ---

  details({step, slice, job}) {
    const {recording} = this;
    const box = byId("details");
    const name = recording.name(step);
    const parts = [
      element("p", "event", element("strong", "", name), element("span", "faint", ` on ${recording.thread(step)}`)),
      element("p", "faint", recording.meta.descriptions[name] ?? ""),
    ];
    if (slice >= 0) parts.push(...this._slice(slice));
    if (job >= 0) parts.push(...this._job(job, step));
    parts.push(this._table([["time", durationText(recording.time(step))], ...recording.fields(step)]));
    box.replaceChildren(...parts);
  }

  _table(facts) {
    return element("table", "facts", ...facts.filter(([, value]) => value !== "").map(([name, value]) =>
      element("tr", "", element("th", "", name), element("td", "", value))));
  }

  _slice(index) {
    const {recording} = this;
    const slice = recording.slice(index);
    const open = slice.end === NEVER;
    const end = recording.sliceEndStep(index);
    const steps = end - slice.begin;
    const length = `${durationText(recording.time(end) - recording.time(slice.begin))}, ${steps} step${steps === 1 ? "" : "s"}`;
    return [
      element("h3", "", swatch(this.palette.ofSlice(slice.kind, slice.port)), slice.label, element("span", "since", length)),
      element("p", "faint", `${KINDS[slice.kind][1]}: `,
        link(`begins at step ${slice.begin + 1}`, "Go to the step at which it begins", () => this.go(slice.begin, index)),
        ", ", link(open ? "not ended" : `ends at ${end + 1}`, "Go to the step at which it ends", () => this.go(end, index))),
    ];
  }

  _job(job, step) {
    const {recording} = this;
    const {jobNumber, jobPort} = recording.columns;
    const list = element("ol", "stations");
    let before = null;
    for (const [text, at] of recording.stations(job)) {
      const since = before === null ? "" : `+ ${durationText(recording.time(at) - recording.time(before))}`;
      const item = element("li", at === step ? "here" : at < step ? "past" : "",
        link(text, `Go to step ${at + 1}`, () => this.go(at, -1, {job})), element("span", "faint", `step ${at + 1}`), element("span", "since", since));
      list.append(item);
      before = at;
    }
    return [element("h3", "", `Job ${jobNumber[job]} of ${recording.strings[jobPort[job]]}`), list];
  }

  // --- the state ---

  state(step) {
    byId("state").replaceChildren(...this.states.sections.map((section) => this._section(section, step)));
  }

  _section(section, step) {
    const box = element("details", "section");
    box.dataset.section = section.title;
    box.open = !this.closed.has(section.title);
    box.addEventListener("toggle", () => this.closed[box.open ? "delete" : "add"](section.title));
    const rows = this._rows(section, step);
    box.append(element("summary", rows.length ? "" : "none", section.title, element("span", "count", String(rows.length))));
    const shown = rows.length > MOST_ROWS ? this._changedFirst(rows, step).slice(0, MOST_ROWS) : rows;
    box.append(...shown.map(([row, values]) => this._line(row, values, step)));
    if (rows.length > shown.length) box.append(element("p", "faint none", `and ${rows.length - shown.length} more`));
    return box;
  }

  /** The rows to show, each with its values: those that exist by now and are not gone. */
  _rows(section, step) {
    const rows = [];
    for (const row of section.rows) {
      const values = row.values.map((series) => this.states.value(series, step));
      if (values.some((value, index) => value !== null && value !== "" && !(value === 0 && row.values[index].quiet))) {
        rows.push([row, values]);
      }
    }
    return rows;
  }

  _changedFirst(rows, step) {
    const changed = rows.filter(([row]) => row.values.some((series) => this.states.changed(series, step)));
    return [...changed, ...rows.filter((each) => !changed.includes(each))];
  }

  /** One line: a name, the jobs that stand in it, and its values. */
  _line(row, values, step) {
    const line = element("div", "row", element("span", "name", row.label));
    line.dataset.row = row.key;
    line.title = row.label;
    if (row.queue) line.append(this._chips(row.queue, step, values[0]));
    row.values.forEach((series, index) => {
      if (values[index] !== null && values[index] !== "") line.append(this._cell(series, values[index], step));
    });
    return line;
  }

  _cell(series, value, step) {
    const name = this.states.changed(series, step) ? "value changed" : value === 0 ? "value zero" : "value";
    const shown = element("b", "", String(value));
    const cell = series.text ? element("span", name, series.label && `${series.label} `, shown)
      : element("span", name, shown, series.label && ` ${series.label}`);
    cell.dataset.value = series.key;
    return cell;
  }

  _chips(queue, step, length) {
    const {jobNumber, jobPort} = this.recording.columns;
    const chips = element("span", "chips");
    for (const job of this.states.contents(queue, step, MOST_CHIPS)) {
      const chip = link(String(jobNumber[job]), `Job ${jobNumber[job]} of ${this.recording.strings[jobPort[job]]}`,
        () => this.go(this.recording.stations(job)[0][1], -1, {job}));
      chip.className = "chip";
      chips.append(chip);
    }
    if (length > MOST_CHIPS) chips.append(element("span", "faint", `+ ${length - MOST_CHIPS}`));
    return chips;
  }
}
