// Formats figures. A missing one is '–'.
const whole = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 });
const none = '–';
const isNumber = (n) => typeof n === 'number' && Number.isFinite(n);

/** 1234567 → '1,234,567' */
export const countText = (n) => (isNumber(n) ? whole.format(n) : none);

/** A count with its noun: '1 transfer', '2,000 transfers'. */
export const manyText = (n, one, many = `${one}s`) => `${countText(n)} ${n === 1 ? one : many}`;

/** 3.14 → '3.1', 314.15 → '314' */
export const rateText = (n) => (isNumber(n) ? (n < 10 ? fine : whole).format(n) : none);

/** Milliseconds: 0.4 → '0.4 ms', 1234 → '1.2 s'. Spaces do not break. */
export function msText(ms) {
  if (!isNumber(ms)) return none;
  if (ms >= 1000) return `${fine.format(ms / 1000)}\u00a0s`;
  return `${ms > 0 && ms < 0.1 ? '<\u00a00.1' : rateText(ms)}\u00a0ms`;
}

/** 0.0512 → '5.1 %'. A small share above 0 does not show as 0. */
export function shareText(share) {
  if (!isNumber(share)) return none;
  if (share > 0 && share < 0.001) return '<\u00a00.1\u00a0%';
  return `${rateText(share * 100)}\u00a0%`;
}

const units = [['d', 86_400], ['h', 3_600], ['min', 60], ['s', 1]];

/** A duration in its two largest units: 7500 → '2 h 5 min'. */
export function ageText(seconds) {
  if (!isNumber(seconds)) return none;
  let rest = Math.max(0, Math.floor(seconds));
  const parts = [];
  for (const [unit, size] of units) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n}\u00a0${unit}`);
    if (parts.length === 2 || (parts.length === 1 && n === 0)) break;
  }
  return parts.join(' ') || '0\u00a0s';
}

/** part / all; undefined if `all` is 0. */
export const shareOf = (part, all) => (all > 0 ? part / all : undefined);
