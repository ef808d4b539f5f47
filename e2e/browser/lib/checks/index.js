// Every check by its name: a function of a visit that returns what is wrong, in words.
import { axeFindsNothing, keyed, structured } from './accessible.js';
import { alone, policed, silent } from './loading.js';
import { onOneSheet } from './printed.js';
import { fitting, inForcedColours, inScheme, largeEnough, ordered, shown, still } from './visible.js';

/** What each check says of a page where it finds nothing. */
export const CLAIMS = {
  silent: 'no message, no error, no violation',
  alone: 'one request, to its own origin',
  policed: 'a policy under which no script runs',
  axe: 'axe-core finds nothing',
  structured: 'title, language, landmarks, headings, facts, link',
  shown: 'the facts can be seen',
  ordered: 'reads from top to bottom',
  fitting: 'no scrolling sideways',
  inScheme: 'in the scheme that is asked for',
  inForcedColours: 'in the colours of the reader',
  still: 'nothing moves',
  largeEnough: 'text as large as asked for',
  keyed: 'used with the keyboard',
  onOneSheet: 'one sheet, dark on white',
  plain: 'plain text, said in words',
};

/**
 * The checks for a page with these facts.
 * @param {{ title: string, facts: [string, string][] }} expected
 * @param {{ source: string }} axe
 */
export function checksFor(expected, axe) {
  return {
    silent,
    alone,
    policed,
    axe: axeFindsNothing(axe),
    structured: structured(expected),
    shown: shown(expected),
    ordered,
    fitting,
    inScheme,
    inForcedColours,
    still,
    largeEnough,
    keyed,
    onOneSheet,
    plain,
  };
}

async function plain({ look, answer, view }) {
  const words = await look(() => document.body.innerText.trim());
  const type = (await answer.headerValue('content-type')) ?? 'none';
  const faults = view.words.test(words) ? [] : [`says: ${words}`];
  return /^(text\/plain|application\/json)\b/.test(type) ? faults : [...faults, `type: ${type}`];
}
