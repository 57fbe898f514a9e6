// Searching: a step matches if all words of the query are found in its name, its thread or its fields.

class Search {
  constructor(recording) {
    this.recording = recording;
    this.lower = recording.strings.map((text) => text.toLowerCase());
  }

  /** The matching steps, in order. */
  find(query) {
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return new Uint32Array(0);
    const found = words.map((word) => this._steps(word));
    const {steps} = this.recording;
    const matches = [];
    for (let step = 0; step < steps; step++) if (found.every((marks) => marks[step])) matches.push(step);
    return Uint32Array.from(matches);
  }

  /** Marks of the steps that match one word: "7" or "ready", or "job:7" in the field of that name only. */
  _steps(word) {
    const {recording} = this;
    const {schema, thread, values} = recording.columns;
    const marks = new Uint8Array(recording.steps);
    const [, field, value] = /^(\w+):(.+)$/.exec(word) ?? [, "", word];
    const texts = Uint8Array.from(this.lower, (text) => text.includes(value) ? 1 : 0);
    const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
    const names = recording.meta.schemas.map((each) => !field && texts[each.name]);
    const kinds = recording.meta.schemas.map((each) => each.fields.map(([name, isText]) =>
      field && recording.strings[name] !== field ? null : isText));
    for (let step = 0; step < recording.steps; step++) {
      if (names[schema[step]] || (!field && texts[thread[step]])) {
        marks[step] = 1;
        continue;
      }
      const isText = kinds[schema[step]];
      for (let index = 0, at = recording.offsets[step]; index < isText.length; index++, at++) {
        if (isText[index] !== null && (isText[index] ? texts[values[at]] : values[at] === number)) {
          marks[step] = 1;
          break;
        }
      }
    }
    return marks;
  }
}
