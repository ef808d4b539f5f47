// Opens the page of the real service in Chromium, and says what it finds. Exit codes: 0 all checks held, 1 one did not,
// 2 something that they need is missing.
import { startBrowser } from './lib/browser.js';
import { endAll, endOnSignals, interruption } from './lib/cleanup.js';
import { checkFaults } from './lib/faults.js';
import { Missing } from './lib/missing.js';
import { prerequisites, screenshots } from './lib/prerequisites.js';
import { Report } from './lib/report.js';
import { startService } from './lib/service.js';
import { checkView } from './lib/suite.js';
import { PLAIN_ANSWERS, TWO_VIEWS, VIEWS } from './lib/views.js';

const USUAL = { POD_NAME: 'hello-7d9f8c6b5d-x2v9k', NODE_NAME: 'gke-hello-pool-1a2b3c4d-x9z8', POD_ZONE: 'us-west1-b' };
const HOSTILE = {
  POD_NAME: '<script>document.title = "taken"</script><img src=//elsewhere.invalid/x onerror=alert(1)>',
  NODE_NAME: '"><svg onload=alert(2)>&lt;&amp;\' {{pod}} javascript:alert(3)',
  POD_ZONE: '</title></dd><script>alert(4)</script><style>*{display:none}</style>',
};
/** The longest names that Kubernetes permits, without a place to break, and letters of other directions. */
const LONG = { POD_NAME: 'p'.repeat(253), NODE_NAME: `${'n'.repeat(63)}.`.repeat(3) + 'n'.repeat(61), POD_ZONE: 'מזרח-東-🌍-شرق' };

async function run() {
  const needed = await prerequisites();
  const report = new Report();
  const browser = await startBrowser(needed);
  const tools = { browser, axe: needed.axe, report };
  await checkSite(tools, needed, '', USUAL, async (site) => {
    await checkFaults(tools, site);
    for (const view of VIEWS) {
      await checkView(tools, { ...site, screenshots }, view);
    }
    for (const view of PLAIN_ANSWERS) {
      await checkView(tools, site, view);
    }
  });
  for (const [name, settings] of [['hostile values', HOSTILE], ['long values', LONG], ['no values', {}]]) {
    await checkSite(tools, needed, name, settings, inTwoViews(tools));
  }
  await checkSite(tools, needed, 'draining', { ...USUAL, DRAIN_SECONDS: '3600' }, async (site, service) => {
    await service.drain();
    await inTwoViews(tools)(site);
  });
  summarize(browser, needed.axe);
  return report.end();
}

/** Starts a service for the time of some checks. */
async function checkSite(tools, { service: binary }, name, settings, make) {
  const service = await startService(binary, settings);
  const { version } = await (await fetch(`${service.origin}/version`)).json();
  const { POD_NAME: pod = 'unknown', NODE_NAME: node = 'unknown', POD_ZONE: zone = 'unknown' } = settings;
  const facts = [['Version', version], ['Pod', pod], ['Node', node], ['Zone', zone]];
  await make({ origin: service.origin, name, title: `Hello from ${zone}`, facts }, service);
  await service.stop();
}

function inTwoViews(tools) {
  return async (site) => {
    for (const view of TWO_VIEWS) {
      await checkView(tools, { ...site, screenshots }, view);
    }
  };
}

function summarize(browser, axe) {
  const standards = axe.tags?.filter((tag) => /^(wcag2\d?a+|best-practice|experimental|ACT|section508|EN-301-549)$/.test(tag)) ?? [];
  console.log(`Chromium ${browser.version}; its own ${browser.refused.length} requests to its maker were refused`);
  console.log(`axe-core ${axe.version}: all ${axe.rules} rules; ${standards.join(', ')}`);
  console.log('pictures: target/browser/');
}

/** Says why there is no verdict. The answer is the exit code. */
function tell(error) {
  if (error instanceof Missing) {
    console.error(`error: ${error.message}\n\nhint: ${error.hint}`);
    return 2;
  }
  // The handler of the signal ends the process, with a code of its own.
  if (!interruption.signal.aborted) {
    console.error(`error: ${error.stack}`);
  }
  return 1;
}

endOnSignals();
try {
  process.exitCode = await run();
} catch (error) {
  process.exitCode = tell(error);
} finally {
  await endAll();
}
