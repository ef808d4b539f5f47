// What comes out on paper.
import { inflateSync } from 'node:zlib';

const FORMATS = ['A4', 'Letter'];
/** WCAG 2.2, 1.4.3, for text of ordinary size. */
const ENOUGH_CONTRAST = 4.5;

/** One sheet, all text dark enough on white paper, also where the system is dark. */
export async function onOneSheet({ page }) {
  const faults = [];
  for (const format of FORMATS) {
    const document = await page.pdf({ format });
    const sheets = document.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    if (sheets !== 1) {
      faults.push(`${format}: ${sheets} sheets`);
    }
    const inks = textInks(document);
    if (inks.length === 0) {
      faults.push(`${format}: no text`);
    }
    const pale = inks.filter((ink) => 1.05 / (luminance(ink) + 0.05) < ENOUGH_CONTRAST);
    faults.push(...pale.map((ink) => `${format}: text in ${ink.join(' ')} on white`));
  }
  return faults;
}

/** The colours in which the PDF draws text: parts from 0 to 1, set by `rg` before a block from `BT` to `ET` (ISO 32000, 8.6.8). */
function textInks(document) {
  const inks = new Map();
  for (const content of streams(document)) {
    let ink = [0, 0, 0];
    for (const [operation, red, green, blue] of content.matchAll(/([\d.]+) ([\d.]+) ([\d.]+) rg\b|\bBT\b/g)) {
      if (operation === 'BT') {
        inks.set(ink.join(' '), ink);
      } else {
        ink = [red, green, blue].map(Number);
      }
    }
  }
  return [...inks.values()];
}

function* streams(document) {
  const text = document.toString('latin1');
  for (const match of text.matchAll(/\/FlateDecode[^>]*>>\s*stream\r?\n/g)) {
    const start = match.index + match[0].length;
    const content = inflateSync(document.subarray(start, text.indexOf('endstream', start))).toString('latin1');
    // Fonts are streams as well.
    if (/\bBT\b[^]*\bTf\b[^]*\bET\b/.test(content)) {
      yield content;
    }
  }
}

function luminance(colour) {
  const [red, green, blue] = colour.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
