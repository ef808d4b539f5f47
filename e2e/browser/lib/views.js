// The ways in which the page is looked at. Sizes are in CSS pixels.
const NARROW = 320;
const WIDE = 1280;
/** Twice the size that browsers have by themselves. */
const LARGE_TEXT = 32;

/** Each check that is made in every view; `checks` of a view names those besides. */
export const EVERYWHERE = ['silent', 'alone', 'policed', 'axe', 'structured', 'shown', 'ordered', 'fitting'];
/** The same where no script can run: axe-core is one. */
const WITHOUT_SCRIPT = EVERYWHERE.filter((name) => name !== 'axe');

export const LIGHT = { name: 'light, 1280 px', width: WIDE, scheme: 'light', checks: ['inScheme', 'keyed'] };
export const DARK = { name: 'dark, 1280 px', width: WIDE, scheme: 'dark', checks: ['inScheme', 'keyed'] };
export const LIGHT_NARROW = { name: 'light, 320 px', width: NARROW, scheme: 'light', checks: ['inScheme', 'keyed'] };
export const DARK_NARROW = { name: 'dark, 320 px', width: NARROW, scheme: 'dark', checks: ['inScheme', 'keyed'] };
export const FORCED = {
  name: 'forced colours', width: WIDE, scheme: 'light', forcedColors: true, checks: ['inForcedColours', 'keyed'],
};
export const STILL = { name: 'reduced motion', width: WIDE, scheme: 'light', reducedMotion: true, checks: ['still'] };
export const LARGE = {
  name: 'text at 200 %, 320 px', width: NARROW, height: 2400, scheme: 'light', textSize: LARGE_TEXT, checks: ['largeEnough'],
};
export const SPACED = { name: 'spaced text, 320 px', width: NARROW, scheme: 'light', prepare: spaceText, checks: [] };
export const PAPER = { name: 'on paper', width: WIDE, paper: true, prepare: forPaper, checks: ['onOneSheet'] };
export const SCRIPTLESS = { name: 'without script', width: WIDE, scheme: 'light', script: false, every: WITHOUT_SCRIPT, checks: [] };
export const STYLELESS = {
  name: 'without style',
  width: WIDE,
  scheme: 'light',
  prepare: removeStyle,
  // axe-core cannot tell whether a style locks the orientation where there is none.
  doubts: ['css-orientation-lock'],
  checks: [],
};

/** Views of the page as it usually is. */
export const VIEWS = [
  LIGHT,
  LIGHT_NARROW,
  DARK,
  DARK_NARROW,
  FORCED,
  { ...FORCED, name: 'forced colours, dark', scheme: 'dark' },
  STILL,
  // Zoom makes the same window hold fewer, larger pixels; 400 % is what WCAG 2.2, 1.4.10 asks for.
  { name: 'zoom 200 %', width: WIDE / 2, height: 360, scale: 2, scheme: 'light', checks: [] },
  { name: 'zoom 400 %', width: WIDE / 4, height: 256, scale: 4, scheme: 'light', checks: [] },
  { ...LARGE, name: 'text at 200 %, 1280 px', width: WIDE, height: 1400 },
  LARGE,
  SPACED,
  PAPER,
  SCRIPTLESS,
  STYLELESS,
  { ...SCRIPTLESS, name: 'without script and style', prepare: removeStyle },
];

/** For values that are longer or stranger than usual, and for a service that ends. */
export const TWO_VIEWS = [LIGHT_NARROW, DARK];

/** Answers that are not the page: drawn by the browser itself, so that only these checks fit. */
const PLAIN = { width: NARROW, scheme: 'dark', every: ['silent', 'alone', 'fitting'], checks: ['plain'] };
export const PLAIN_ANSWERS = [
  { ...PLAIN, name: '/version', path: '/version', words: /^\{"node":.*\}$/ },
  { ...PLAIN, name: '/readyz', path: '/readyz', words: /^ready$/ },
  {
    ...PLAIN,
    name: 'an absent page',
    path: '/absent',
    status: 404,
    words: /^there is nothing here$/,
    // Chromium says this of every page that is not there.
    says: ['console error: Failed to load resource: the server responded with a status of 404 (Not Found)'],
  },
];

/* The distances of WCAG 2.2, 1.4.12. A constructed sheet is not held up by the policy. */
function spaceText(page) {
  return page.evaluate(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
      p { margin-bottom: 2em !important; }
    `);
    document.adoptedStyleSheets.push(sheet);
  });
}

function forPaper(page) {
  return page.emulateMedia({ media: 'print' });
}

function removeStyle(page) {
  return page.evaluate(() => {
    document.querySelectorAll('style, link[rel=stylesheet]').forEach((element) => element.remove());
    document.querySelectorAll('[style]').forEach((element) => element.removeAttribute('style'));
  });
}
