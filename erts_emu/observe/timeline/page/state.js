// The state of the emulator after a step. Python has worked out every change; here they are only looked up.

class StateModel {
  constructor(recording) {
    this.recording = recording;
    this.sections = recording.meta.state;
    this._queues = this._jobsOfQueues();
  }

  /** The value of a series after *step*: a number, or a text; null before its first change. */
  value(series, step) {
    const {seriesStep, seriesValue} = this.recording.columns;
    const at = upperBound(seriesStep, step, series.first, series.first + series.count) - 1;
    if (at < series.first) return null;
    return series.text ? this.recording.strings[seriesValue[at]] : seriesValue[at];
  }

  /** Whether a series changes at *step* itself. At the first step everything does, which is not worth saying. */
  changed(series, step) {
    if (step === 0) return false;
    const {seriesStep} = this.recording.columns;
    const at = upperBound(seriesStep, step, series.first, series.first + series.count) - 1;
    return at >= series.first && seriesStep[at] === step;
  }

  /** The jobs that were ever in each queue, in the order in which they came. */
  _jobsOfQueues() {
    const {jobThread, jobScheduler, jobDone} = this.recording.columns;
    const queues = new Map();
    const add = (key, job) => {
      const jobs = queues.get(key);
      if (jobs) jobs.push(job);
      else queues.set(key, [job]);
    };
    for (let job = 0; job < this.recording.jobs; job++) {
      add(`t${jobThread[job]}`, job);
      if (jobDone[job] !== NEVER) add(`r${jobScheduler[job]}`, job);
    }
    for (const [key, jobs] of queues) {
      if (key[0] === "r") jobs.sort((one, other) => jobDone[one] - jobDone[other]);
    }
    return queues;
  }

  /** The jobs that stand in a queue after *step*, oldest first, at most *most* of them. */
  contents(queue, step, most) {
    const {jobPut, jobGet, jobDone, jobReady} = this.recording.columns;
    const [enter, leave] = queue[0] === "r" ? [jobDone, jobReady] : [jobPut, jobGet];
    const found = [];
    const jobs = this._queues.get(queue) ?? [];
    for (let index = this._firstInside(jobs, leave, step); index < jobs.length && found.length < most; index++) {
      const job = jobs[index];
      if (enter[job] > step) break;
      if (leave[job] > step) found.push(job);
    }
    return found;
  }

  /** Jobs before the returned index have left. Queues are first in, first out, but threads may report a bit late. */
  _firstInside(jobs, leave, step) {
    let low = 0, high = jobs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (leave[jobs[middle]] <= step) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 64);
  }
}
