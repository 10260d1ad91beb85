// What follows a stream of events, without following each.

/** `fn`, called at most once in so many milliseconds, and once more after the last call; a failure waits for the next. */
export function seldom(fn, milliseconds, signal) {
  let timer = 0;
  return () => (timer ||= setTimeout(() => ((timer = 0), tried(fn, signal)), milliseconds));
}

/** `fn`, called once so many milliseconds after the last call: the server may show what is a little old until then. */
export function settled(fn, milliseconds, signal) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(() => tried(fn, signal), milliseconds);
  };
}

function tried(fn, signal) {
  if (!signal.aborted) Promise.resolve(fn()).catch(() => null);
}
