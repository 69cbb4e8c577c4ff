// Money in integer minor units, at most 2^53 − 1. No fractions are computed: digits are moved as text.

// ISO 4217, as in actors/lifeline/ledger/money.cpp (a test compares the two); all others have two.
const exponents = new Map([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3]),
  ...'CLF UYW'.split(' ').map((c) => [c, 4]),
]);

/** Number of decimal digits of the currency. */
export const exponentOf = (currency) => exponents.get(currency) ?? 2;

const grouped = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/**
 * 1234567, 'USD' → '12,345.67'. A negative amount starts with a minus sign (U+2212). Sums may be a
 * BigInt.
 */
export function amountText(minor, currency) {
  const decimals = exponentOf(currency);
  const digits = String(minor < 0 ? -minor : minor).padStart(decimals + 1, '0');
  const whole = grouped(digits.slice(0, digits.length - decimals));
  const part = decimals > 0 ? `.${digits.slice(-decimals)}` : '';
  return `${minor < 0 ? '−' : ''}${whole}${part}`;
}

/** 1234567, 'USD' → '12,345.67 USD', with a non-breaking space. */
export const moneyText = (minor, currency) => `${amountText(minor, currency)}\u00a0${currency}`;

/**
 * Parses a typed amount: {minor} or {error}. Decimals may follow a point or a comma; spaces, commas and
 * apostrophes may separate thousands. An ambiguous amount is an error, never a guess.
 */
export function parseAmount(text, currency) {
  const decimals = exponentOf(currency);
  const typed = text.trim();
  const sample = decimals > 0 ? `12.${'5'.padEnd(decimals, '0')}` : '12';
  if (typed === '') return { error: 'Enter an amount.' };
  if (/^[-−]/.test(typed)) return { error: 'The amount must be more than zero.' };
  const found = /^(\d{1,3}(?:[ \u00a0,'’]\d{3})+|\d+)?(?:([.,])(\d*))?$/.exec(typed);
  if (!found || (found[1] === undefined && !found[3])) {
    return { error: `Write the amount in digits, like ${sample}.` };
  }
  const [, whole = '0', mark, part = ''] = found;
  const oneComma = /^\d{1,3},\d{3}$/.test(typed);
  if (oneComma || (mark === ',' && whole.includes(','))) {
    return { error: `Is that comma a decimal point? Write the amount like ${sample}.` };
  }
  if (part.length > decimals) {
    return { error: decimals === 0 ? `${currency} has no decimals.` : `${currency} has ${decimals} decimals at most.` };
  }
  const minor = BigInt(whole.replace(/\D/g, '') + part.padEnd(decimals, '0'));
  if (minor === 0n) return { error: 'The amount must be more than zero.' };
  if (minor > BigInt(Number.MAX_SAFE_INTEGER)) return { error: 'The amount is too large for a transfer.' };
  return { minor: Number(minor) };
}
