// Formats times.
const sameDay = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const anyDay = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit',
});

/** 10:31:07 for today; with the date for other days. */
export function timeText(time, now = new Date()) {
  const at = new Date(time);
  return at.toDateString() === now.toDateString() ? sameDay.format(at) : anyDay.format(at);
}
