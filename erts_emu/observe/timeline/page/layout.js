// Where lanes stand: groups that fold, rows of slices, ticks of events, charts of lengths.

const GROUP_HEIGHT = 26, ROW_HEIGHT = 18, TICKS_HEIGHT = 7, CHART_HEIGHT = 26, LANE_GAP = 9, RULER_HEIGHT = 26;

class Layout {
  constructor(recording) {
    this.recording = recording;
    this.folded = new Set();
    this.arrange();
  }

  /** Compute the place of every group and lane that is to be seen. */
  arrange() {
    this.bands = [];
    this.bandOfLane = new Map();
    let top = 0, group = null;
    this.recording.lanes.forEach((lane, index) => {
      if (lane.group !== group) {
        group = lane.group;
        const size = this.recording.lanes.filter((each) => each.group === group).length;
        this.bands.push({group, size, top, height: GROUP_HEIGHT});
        top += GROUP_HEIGHT;
      }
      if (this.folded.has(group)) return;
      const height = TICKS_HEIGHT + Math.max(lane.rows.length, 1) * ROW_HEIGHT + lane.charts.length * CHART_HEIGHT + LANE_GAP;
      this.bandOfLane.set(index, this.bands.length);
      this.bands.push({lane, index, top, height});
      top += height;
    });
    this.height = top;
  }

  fold(group) {
    if (!this.folded.delete(group)) this.folded.add(group);
    this.arrange();
  }

  /** The band (group heading or lane) at a height; undefined below the last. */
  bandAt(y) { return this.bands[this.firstBandAt(y)]; }

  firstBandAt(y) {
    let low = 0, high = this.bands.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.bands[middle].top + this.bands[middle].height <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The top of a row of a lane; null if the lane is folded away. */
  rowTop(index, row) {
    const band = this.bands[this.bandOfLane.get(index)];
    return band ? band.top + TICKS_HEIGHT + row * ROW_HEIGHT : null;
  }
}
