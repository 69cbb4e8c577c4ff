// Why the node did not tell, in words.

const nodeFault = { store_unavailable: 'the store does not answer', no_answer: 'no answer came', deadline_exceeded: 'it took too long', rate_limited: 'too many questions at once' };
/** Why one reading failed: the end of a sentence. */
export const whyNot = (problem) => nodeFault[problem.code] ?? (problem.detail || problem.code);

/** Why somebody is not let in. */
export function refusalText(problem) {
  if (problem.status === 403) return 'This is a customer’s token: it opens the customer’s page, not this one. Here an admin’s is needed.';
  if (problem.status === 401) return 'The node does not know this token. The admin’s is in admin.token, in the node’s data folder.';
  if (problem.status === 404) return 'This node is not watched: it was started with metrics.enabled switched off.';
  if (problem.code === 'no_answer') return 'The node does not answer.';
  if (problem.code === 'store_unavailable') return 'The store does not answer, and the node can’t check a token that it has not seen lately. Try again in a moment.';
  return `That did not go: ${problem.detail || problem.code}.`;
}
