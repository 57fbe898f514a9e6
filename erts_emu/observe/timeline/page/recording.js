// What was recorded: steps (events), slices, jobs, lanes.

const NEVER = 0xffffffff;

/** The first index in [low, high) whose value is more than *limit*; *high* if there is none. *values* are sorted. */
function upperBound(values, limit, low, high) {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Recording {
  constructor(meta, columns) {
    this.meta = meta;
    this.strings = meta.strings;
    this.columns = columns;
    this.steps = columns.time.length;
    this.lanes = meta.lanes;
    this.offsets = this._fieldOffsets();
    this.jobs = columns.jobPut.length;
    this.jobByNumber = new Map();
    for (let job = 0; job < this.jobs; job++) this.jobByNumber.set(columns.jobNumber[job], job);
    this.laneOfThread = new Map();
    this.lanes.forEach((lane, index) => { if (lane.thread >= 0) this.laneOfThread.set(lane.thread, index); });
  }

  /** Where each step's field values start: as many as its schema has fields. */
  _fieldOffsets() {
    const {schema} = this.columns;
    const sizes = this.meta.schemas.map((each) => each.fields.length);
    const offsets = new Uint32Array(schema.length + 1);
    for (let step = 0, offset = 0; step < schema.length; step++) offsets[step + 1] = offset += sizes[schema[step]];
    return offsets;
  }

  name(step) { return this.strings[this.meta.schemas[this.columns.schema[step]].name]; }
  thread(step) { return this.strings[this.columns.thread[step]]; }
  time(step) { return this.columns.time[step]; }
  laneAt(step) { return this.laneOfThread.get(this.columns.thread[step]) ?? -1; }

  /** The fields of a step, as [name, text] pairs. */
  fields(step) {
    const schema = this.meta.schemas[this.columns.schema[step]];
    const first = this.offsets[step];
    return schema.fields.map(([name, isText], index) => {
      const value = this.columns.values[first + index];
      return [this.strings[name], isText ? this.strings[value] : String(value)];
    });
  }

  /** The job that a step is about; -1 if none. */
  jobAt(step) { return this.columns.stepJob[step]; }

  slice(index) {
    const {sliceBegin, sliceEnd, sliceLabel, sliceKind, sliceJob, slicePort} = this.columns;
    return {
      index, begin: sliceBegin[index], end: sliceEnd[index], label: this.strings[sliceLabel[index]],
      kind: sliceKind[index], job: sliceJob[index], port: slicePort[index],
    };
  }

  /** The step at which a slice ends; the last one if the recording ended before. */
  sliceEndStep(index) {
    const end = this.columns.sliceEnd[index];
    return end === NEVER ? this.steps - 1 : end;
  }

  /** A job's stations, in order: [text, step]; those that were not reached are left out. */
  stations(job) {
    const {jobPut, jobGet, jobInvoke, jobDone, jobReady, jobEnd} = this.columns;
    return [
      ["driver_async", jobPut[job]], ["taken by its thread", jobGet[job]], ["invoke", jobInvoke[job]],
      ["in the ready queue", jobDone[job]], ["taken by its scheduler", jobReady[job]],
      [this.columns.jobFreed[job] ? "async_free" : "ready_async", jobEnd[job]],
    ].filter(([, step]) => step !== NEVER);
  }
}
