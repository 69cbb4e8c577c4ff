// The log-in form: #login with #login-form, #token, #token-error, #login-button.
import { Api } from './api.js';
import { byId, setText } from './dom.js';

const section = byId('login');
const input = byId('token');
const error = byId('token-error');
const button = byId('login-button');

function complain(text) {
  setText(error, text);
  text ? input.setAttribute('aria-invalid', 'true') : input.removeAttribute('aria-invalid');
}

/** `why`: reason shown to a user who was logged out; '' otherwise. */
export function showLogin(why) {
  section.hidden = false;
  complain(why);
  input.value = '';
}

export const focusLogin = () => input.focus();

export function hideLogin() {
  section.hidden = true;
}

/**
 * Accepts a token that may read `path`, and calls `onEnter(token)`. `wordsOf(problem)` is the text for
 * a refusal.
 */
export function setUpLogin({ path, onEnter, wordsOf }) {
  async function logIn() {
    const token = input.value.trim();
    if (token === '' || /[^\x21-\x7e]/.test(token)) {
      complain(token === '' ? 'Paste your token here.' : 'A token contains no spaces or special characters.');
      return input.focus();
    }
    button.disabled = true;
    try {
      await new Api(token).get(path);
      complain('');
      input.value = '';
      onEnter(token);
    } catch (problem) {
      complain(wordsOf(problem));
      input.focus();
    } finally {
      button.disabled = false;
    }
  }
  byId('login-form').addEventListener('submit', (event) => {
    event.preventDefault();
    logIn();
  });
  input.addEventListener('input', () => complain(''));
}
