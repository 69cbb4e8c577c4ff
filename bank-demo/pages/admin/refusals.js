// Texts for failed requests.

const nodeFault = { store_unavailable: 'the store does not answer', no_answer: 'no answer came', deadline_exceeded: 'it took too long', rate_limited: 'too many requests' };
/** Reason of a failed reading, as the end of a sentence. */
export const whyNot = (problem) => nodeFault[problem.code] ?? (problem.detail || problem.code);

/** Reason of a refused log-in. */
export function refusalText(problem) {
  if (problem.status === 403) return 'This is a customer token; use it on the customer page. This page needs an admin token.';
  if (problem.status === 401) return 'The node does not accept this token. The first admin token is in admin.token in the node’s data folder.';
  if (problem.status === 404) return 'This node has no operations data: it was started with metrics.enabled off.';
  if (problem.code === 'no_answer') return 'The node does not answer.';
  if (problem.code === 'store_unavailable') return 'The store does not answer, so the node can’t check a token that it has not seen lately. Try again in a moment.';
  return `Log-in failed: ${problem.detail || problem.code}.`;
}
