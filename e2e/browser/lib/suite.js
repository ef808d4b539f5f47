// Opens a page in a view and makes the checks that belong there.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { CLAIMS, checksFor } from './checks/index.js';
import { EVERYWHERE } from './views.js';

/**
 * Checks one view of what an origin serves.
 * @param {{ browser: object, axe: object, report: import('./report.js').Report }} tools
 * @param {{ origin: string, name?: string, title: string, facts: [string, string][], screenshots?: string }} site
 */
export async function checkView({ browser, axe, report }, site, view) {
  const place = site.name ? `${site.name}, ${view.name}` : view.name;
  const checks = checksFor(site, axe);
  let visit;
  try {
    visit = await browser.open(site.origin, view);
  } catch (error) {
    report.add(place, [`could not be opened: ${error.message}`]);
    return;
  }
  if (site.screenshots) {
    await takeScreenshot(visit, site.screenshots, place);
  }
  // What opens another page comes last.
  for (const name of [...(view.every ?? EVERYWHERE), ...view.checks]) {
    await report.check(`${place}: ${CLAIMS[name]}`, () => checks[name](visit));
  }
  await visit.close();
}

/* A picture of more than the window makes Chromium forget the size of its text; windows with large text are long enough. */
async function takeScreenshot({ page, view }, folder, place) {
  await mkdir(folder, { recursive: true });
  const file = join(folder, place.replace(/[^a-z0-9]+/gi, '-').replace(/^-|-$/g, '').toLowerCase());
  if (view.paper) {
    await page.pdf({ path: `${file}.pdf`, format: 'A4' });
  } else {
    await page.screenshot({ path: `${file}.png`, fullPage: !view.textSize });
  }
}
