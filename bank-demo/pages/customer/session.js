// Kept in this tab until it is closed: the token, and a transfer whose outcome is not known yet.
const tokenKey = 'bank.token';
const attemptKey = 'bank.attempt';

export const readToken = () => sessionStorage.getItem(tokenKey);
export const keepToken = (token) => sessionStorage.setItem(tokenKey, token);

/** The request of a transfer without an answer: {id, from, to, …}. */
export function readAttempt() {
  const kept = sessionStorage.getItem(attemptKey);
  return kept ? JSON.parse(kept) : undefined;
}
export const keepAttempt = (body) => sessionStorage.setItem(attemptKey, JSON.stringify(body));
export const forgetAttempt = () => sessionStorage.removeItem(attemptKey);

export function forgetAll() {
  sessionStorage.removeItem(tokenKey);
  forgetAttempt();
}
