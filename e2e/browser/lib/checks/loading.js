// What a page says and asks for while it loads.

/** Nothing in the console, no uncaught error, no violation of the policy, no issue that Chromium sees. */
export async function silent({ said, quiet, view }) {
  await quiet();
  const expected = view.says ?? [];
  const more = said.filter((words) => !expected.includes(words));
  const absent = expected.filter((words) => !said.includes(words));
  return [...more, ...absent.map((words) => `did not say: ${words}`)];
}

/** One request, for the page itself; an icon comes from the page, and nothing from another origin. */
export async function alone({ origin, recorded, asked, quiet, view, answer }) {
  await quiet();
  const wanted = new URL(view.path ?? '/', origin).href;
  const faults = recorded
    .filter(({ url, method }) => url !== wanted || method !== 'GET')
    .map(({ method, url, status }) => `${method} ${url}: ${status}`);
  // What the policy blocks is asked for in the page, but not of the network.
  faults.push(...asked.filter((url) => url !== wanted && !url.startsWith('data:')).map((url) => `asked for ${url}`));
  const loads = recorded.filter(({ url }) => url === wanted).length;
  if (loads !== 1) {
    faults.push(`the page was loaded ${loads} times`);
  }
  const status = view.status ?? 200;
  if (answer.status() !== status) {
    faults.push(`status ${answer.status()} instead of ${status}`);
  }
  return faults;
}

/** What the page is made of is its own: the answer has a policy under which no script runs. */
export async function policed({ answer, look }) {
  const policy = (await answer.headerValue('content-security-policy')) ?? 'none';
  const faults = /default-src 'none'/.test(policy) && !/script-src|unsafe-/.test(policy) ? [] : [`policy: ${policy}`];
  const scripts = await look(() => document.scripts.length);
  return scripts === 0 ? faults : [...faults, `${scripts} scripts in the page`];
}
