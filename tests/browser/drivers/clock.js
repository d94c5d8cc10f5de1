// A clock that a test moves, and that goes on by itself; `STATE` is how far it was when the page came.
(() => {
  const RealDate = Date;
  /** @type {Map<number, {due: number, run: () => void, every?: number}>} */
  const timers = new Map();
  const { offset, fixed, paused } = STATE;
  const clock = { offset, fixed, paused, tick, forward, run };
  let last = 0;

  const moving = () => (clock.paused ?? RealDate.now()) + clock.offset;
  const now = () => clock.fixed ?? moving();

  function tick() {
    const due = [...timers].filter(([, timer]) => timer.due <= moving()).sort(([, one], [, other]) => one.due - other.due);
    for (const [id, timer] of due) {
      if (!timers.has(id)) continue;
      if (timer.every === undefined) timers.delete(id);
      else timer.due = moving() + timer.every;
      timer.run();
    }
  }

  function forward(ms) {
    clock.offset += ms;
    tick();
  }

  async function run(ms) {
    for (let left = ms; left > 0; left -= 100) {
      forward(Math.min(left, 100));
      await Promise.resolve();
    }
  }

  const begin = (isRepeated) => (run, wait = 0, ...rest) => {
    timers.set(++last, { due: moving() + wait, run: () => run(...rest), every: isRepeated ? wait : undefined });
    return last;
  };

  globalThis.Date = class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [now()]));
    }

    static now() {
      return now();
    }
  };
  setInterval(tick, 10);
  globalThis.testClock = clock;
  globalThis.setTimeout = begin(false);
  globalThis.setInterval = begin(true);
  globalThis.clearTimeout = globalThis.clearInterval = (id) => timers.delete(id);
})();
