// Finds what the checks need, and names what is missing before anything starts.
import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Missing } from './missing.js';

const OLDEST_NODE = 20;
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Where screenshots go. */
export const screenshots = join(root, 'target', 'browser');

/** Everything that the checks need: programs by their paths, libraries loaded. */
export async function prerequisites() {
  checkNode();
  const service = serviceBinary();
  const chromium = chromiumBinary();
  const libraries = await loadLibraries();
  return { service, chromium, ...libraries };
}

function checkNode() {
  if (Number.parseInt(process.versions.node, 10) < OLDEST_NODE) {
    throw new Missing(
      `Node ${process.versions.node} is too old`,
      `install Node ${OLDEST_NODE} or newer, for example with \`apt-get install nodejs\``,
    );
  }
}

function serviceBinary() {
  const binary = process.env.HELLO_BINARY || join(root, 'target', 'debug', 'hello');
  if (!isProgram(binary)) {
    const place = process.env.HELLO_BINARY ? `\`${binary}\`, which HELLO_BINARY names,` : '`target/debug/hello`';
    throw new Missing(`${place} is not a program`, 'run `cargo build --package hello`, or all at once with `cargo xtask browser`');
  }
  return binary;
}

function chromiumBinary() {
  const named = process.env.CHROMIUM;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = named ? [named] : folders.map((folder) => join(folder, 'chromium'));
  const found = candidates.find(isProgram);
  if (!found) {
    throw new Missing(
      named ? `\`${named}\`, which CHROMIUM names, is not a program` : '`chromium` is not installed',
      'run `apt-get install chromium`, or name a Chromium with the variable CHROMIUM',
    );
  }
  return found;
}

async function loadLibraries() {
  const require = createRequire(import.meta.url);
  try {
    const playwright = require('playwright-core');
    const axe = require.resolve('axe-core/axe.min.js');
    const { version } = require('axe-core/package.json');
    return { launcher: playwright.chromium, axe: { version, source: readFileSync(axe, 'utf8') } };
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') {
      throw error;
    }
    throw new Missing(
      'the libraries are not in `e2e/browser/node_modules`',
      'run `npm ci --ignore-scripts` in `e2e/browser`, or all at once with `cargo xtask browser`',
    );
  }
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
