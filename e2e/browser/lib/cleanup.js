// What was started is stopped, last first: at the end, after a failure, and after a signal.
const closers = [];

/** Aborted by a person or a pipeline: nothing more is begun or said. */
export const interruption = new AbortController();

/** Keeps a function for the end. The answer runs it earlier, once. */
export function atEnd(close) {
  const once = async () => {
    const place = closers.indexOf(once);
    if (place >= 0) {
      closers.splice(place, 1);
      await close();
    }
  };
  closers.push(once);
  return once;
}

/** Stops all that is left, whatever one of them says. */
export async function endAll() {
  while (closers.length > 0) {
    await closers.at(-1)().catch((error) => console.error(`could not be stopped: ${error.message}`));
  }
}

/** Ends everything when a person or a pipeline interrupts. */
export function endOnSignals() {
  for (const [signal, number] of [['SIGHUP', 1], ['SIGINT', 2], ['SIGTERM', 15]]) {
    process.once(signal, async () => {
      interruption.abort();
      await endAll();
      process.exit(128 + number);
    });
  }
}
