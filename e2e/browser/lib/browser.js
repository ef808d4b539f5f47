// Starts Chromium and opens pages in it, each in a context and behind a recorder of its own.
import { atEnd } from './cleanup.js';
import { startRecorder } from './recorder.js';

/** Longer than anything here takes on a busy machine; only what hangs meets it. */
const PATIENCE_MILLISECONDS = 30_000;
/** How long a page must ask for nothing more on a machine that is not busy; an icon comes last. */
const QUIET_MILLISECONDS = 150;

const FLAGS = [
  // No name is ever asked for: whatever does not go through a recorder finds nothing.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // The system's scheme, for pages whose scheme is not emulated: printing turns to light only then.
  '--force-dark-mode',
];

/** Starts Chromium, which is spoken to through a pipe and listens nowhere. */
export async function startBrowser({ launcher, chromium }) {
  // What Chromium sends of its own accord, for its maker's services, is refused.
  const own = await startRecorder(null);
  const browser = await launcher.launch({
    executablePath: chromium,
    args: FLAGS,
    proxy: own.proxy,
    // Chromium's sandbox refuses to work for root, as whom containers of pipelines run. The only pages opened are ours.
    chromiumSandbox: process.getuid?.() !== 0,
    handleSIGHUP: false,
    handleSIGINT: false,
    handleSIGTERM: false,
  });
  const stop = atEnd(() => browser.close());
  return { version: browser.version(), refused: own.entries, open: (origin, view) => open(browser, origin, view), stop };
}

/**
 * A page that was opened: what it said and asked for, and ways to look at it.
 * @typedef {Awaited<ReturnType<typeof open>>} Visit
 */
async function open(browser, origin, view) {
  const begun = Date.now();
  const recorder = await startRecorder(origin);
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height ?? 720 },
    deviceScaleFactor: view.scale ?? 1,
    colorScheme: view.scheme ?? null,
    forcedColors: view.forcedColors ? 'active' : 'none',
    reducedMotion: view.reducedMotion ? 'reduce' : 'no-preference',
    javaScriptEnabled: view.script ?? true,
    proxy: recorder.proxy,
    serviceWorkers: 'block',
  });
  context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  const said = await listen(page, protocol);
  if (view.textSize) {
    await protocol.send('Page.setFontSizes', { fontSizes: { standard: view.textSize, fixed: view.textSize } });
  }
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const answer = await page.goto(new URL(view.path ?? '/', origin).href);
  await view.prepare?.(page);
  // A busy machine that opens pages slowly asks for icons late.
  const rest = Math.max(QUIET_MILLISECONDS, (Date.now() - begun) / 2);
  return {
    view,
    origin,
    page,
    protocol,
    answer,
    said,
    asked,
    recorded: recorder.entries,
    quiet: () => recorder.quiet(rest),
    /** Runs a function in the page, and gives up where the page does not answer. */
    look: (look, argument) => within(page.evaluate(look, argument)),
    async close() {
      await context.close();
      await recorder.stop();
    },
  };
}

/** Collects whatever a page says anywhere: console, uncaught errors, violations of the policy, Chromium's issues. */
async function listen(page, protocol) {
  const said = [];
  page.on('console', (message) => said.push(`console ${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`page error: ${error.message}`));
  page.on('crash', () => said.push('page error: the page crashed'));
  page.on('dialog', async (dialog) => {
    said.push(`dialog: ${dialog.message()}`);
    await dialog.dismiss();
  });
  protocol.on('Audits.issueAdded', ({ issue }) => {
    const details = Object.values(issue.details)[0];
    said.push(`${issue.code === 'ContentSecurityPolicyIssue' ? 'policy' : 'issue'}: ${issue.code} ${JSON.stringify(details)}`);
  });
  await protocol.send('Audits.enable');
  return said;
}

async function within(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error('the page did not answer')), PATIENCE_MILLISECONDS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
