// The page with one fault each, served by this program: proof that every check can see what it looks for. Whatever is
// changed here is read from the page itself; where it is no longer found, that is an error.
import { createServer } from 'node:http';
import { once } from 'node:events';

import { CLAIMS, checksFor } from './checks/index.js';
import { atEnd } from './cleanup.js';
import * as views from './views.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/** Checks of what comes when it comes; the fault is waited for. */
const LATE = ['silent', 'alone'];
const PATIENCE_MILLISECONDS = 10_000;
const PAUSE_MILLISECONDS = 100;
const NOWHERE = 'http://elsewhere.invalid';

const style = (rules) => [/<\/style>/, `${rules}</style>`];
const inHead = (markup) => [/<\/head>/, `${markup}</head>`];
const inBody = (markup) => [/<\/main>/, `${markup}</main>`];

/** `check` must say something that matches `says` of the page after `change`; `policy` is the one of the answer, or none. */
const FAULTS = [
  { name: 'a message in the console', check: 'silent', says: /console log: x/, change: inHead('<script>console.log("x")</script>') },
  { name: 'an uncaught error', check: 'silent', says: /page error: x/, change: inHead('<script>throw new Error("x")</script>') },
  { name: 'a dialog', check: 'silent', says: /dialog: x/, change: inHead('<script>alert("x")</script>') },
  { name: 'a script that the policy stops', check: 'silent', says: /policy: Content/, policy: POLICY, change: inHead('<script>0</script>') },
  { name: 'no document type', check: 'silent', says: /QuirksMode/, change: [/<!DOCTYPE html>/, ''] },
  { name: 'no icon', check: 'alone', says: /favicon\.ico: 404/, change: [/<link rel="icon"[^>]*>/, ''] },
  { name: 'an image from elsewhere', check: 'alone', says: /GET http:\/\/elsewhere/, change: inBody(`<img src="${NOWHERE}/x" alt="">`) },
  { name: 'a style from elsewhere', check: 'alone', says: /GET http:\/\/elsewhere/, change: inHead(`<link rel="stylesheet" href="${NOWHERE}/x">`) },
  { name: 'an image that the policy stops', check: 'alone', says: /asked for http/, policy: POLICY, change: inBody(`<img src="${NOWHERE}/x" alt="">`) },
  { name: 'a page that loads again', check: 'alone', says: /loaded \d+ times/, change: inHead('<meta http-equiv="refresh" content="0">') },
  { name: 'no policy', check: 'policed', says: /policy: none/, change: [/^/, ''] },
  { name: 'pale text', check: 'axe', says: /color-contrast/, change: style('p { color: #aaa }') },
  { name: 'no language', check: 'axe', says: /html-has-lang/, change: [/ lang="en"/, ''] },
  { name: 'another language', check: 'structured', says: /language: none/, change: [/ lang="en"/, ''] },
  { name: 'no title', check: 'structured', says: /RootWebArea/, change: [/<title>.*<\/title>/, ''] },
  { name: 'no landmark', check: 'structured', says: /instead of `main`/, change: [/<(\/?)main>/g, '<$1div>'] },
  { name: 'a fact too few', check: 'structured', says: /instead of `term Node`/, change: [/<div><dt>Node.*<\/div>/, ''] },
  { name: 'a heading too deep', check: 'structured', says: /heading 3/, change: [/<(\/?)h2>/g, '<$1h3>'] },
  { name: 'an invisible fact', check: 'shown', says: /Node is hidden/, change: style('div:nth-child(3) { opacity: 0 }') },
  { name: 'a covered fact', check: 'shown', says: /Pod is hidden/, change: style('main::after { content: ""; position: fixed; inset: 0 }') },
  { name: 'another value', check: 'shown', says: /Zone: `other`/, change: [/(<dt>Zone<\/dt><dd>)[^<]*/, '$1other'] },
  { name: 'another title', check: 'shown', says: /title: other/, change: [/<title>.*<\/title>/, '<title>other</title>'] },
  { name: 'facts turned round', check: 'ordered', says: /out of order/, change: style('dl { display: flex; flex-direction: column-reverse }') },
  { name: 'wide content', check: 'fitting', says: /1420 px of content/, view: 'LIGHT_NARROW', change: style('dl { width: 1400px }') },
  { name: 'text that is cut off', check: 'fitting', says: /does not fit/, view: 'LIGHT_NARROW', change: style('dd { max-width: 3rem; overflow: hidden; overflow-wrap: normal }') },
  { name: 'text too wide when large', check: 'fitting', says: /px of content/, view: 'LARGE', change: style('dd { min-width: 20rem }') },
  { name: 'text too wide when spaced', check: 'fitting', says: /px of content/, view: 'SPACED', change: style('header p { white-space: nowrap; font-size: 0.55rem }') },
  { name: 'no dark scheme', check: 'inScheme', says: /paper 0\.9/, view: 'DARK', change: [/@media \(prefers-color-scheme: dark\)/, '@media not all'] },
  { name: 'only a dark scheme', check: 'inScheme', says: /paper 0\.1/, view: 'LIGHT', change: [/@media \(prefers-color-scheme: dark\)/, '@media all'] },
  { name: 'colours that are kept', check: 'inForcedColours', says: /dt keeps its colour/, view: 'FORCED', change: style('* { forced-color-adjust: none }') },
  { name: 'movement', check: 'still', says: /h1 moves/, view: 'STILL', change: style('@keyframes x { to { opacity: 0.9 } } h1 { animation: x 1s infinite }') },
  { name: 'text of a fixed size', check: 'largeEnough', says: /p is smaller than 32 px/, view: 'LARGE', change: style('p { font-size: 18px }') },
  { name: 'no visible focus', check: 'keyed', says: /cannot be seen/, change: style('a:focus-visible { outline: none }') },
  { name: 'a link without a target', check: 'keyed', says: /Tab reached nothing/, change: [/ href="\/version"/, ''] },
  { name: 'more than a sheet', check: 'onOneSheet', says: /A4: 2 sheets/, view: 'PAPER', change: style('main { margin-bottom: 40rem }') },
  { name: 'pale ink', check: 'onOneSheet', says: /A4: text in .* on white/, view: 'PAPER', change: style('@media print { p { color: #bbb; print-color-adjust: exact } }') },
  { name: 'facts from a script', check: 'shown', says: /Pod: ``/, view: 'SCRIPTLESS', change: [/(<dt>Pod<\/dt><dd)>([^<]*)(<\/dd>)/, '$1 data-value="$2">$3<script>document.currentScript.previousElementSibling.textContent = "x"</script>'] },
  { name: 'facts from the style', check: 'structured', says: /definition/, view: 'STYLELESS', change: [/(<\/style>[^]*<dt>Pod<\/dt><dd)>([^<]*)/, 'dd[data-value]::after { content: attr(data-value) }$1 data-value="$2">'] },
];

/** Reports for each fault whether its check sees it, and for each of the views used that the unchanged page has none. */
export async function checkFaults({ browser, axe, report }, site) {
  const original = await fetch(site.origin);
  const html = await original.text();
  const ownPolicy = original.headers.get('content-security-policy');
  const server = await serve();
  const look = async (page, view, check, until = () => true) => {
    server.page = page;
    const visit = await browser.open(server.origin, view);
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    let faults = await checksFor(site, axe)[check](visit);
    while (!until(faults) && LATE.includes(check) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
      faults = await checksFor(site, axe)[check](visit);
    }
    await visit.close();
    return faults;
  };
  const clean = new Set();
  for (const { name, check, says, change, policy, view = 'LIGHT' } of FAULTS) {
    await report.check(`fault, ${name}: seen by "${CLAIMS[check]}"`, async () => {
      const changed = html.replace(...change);
      if (changed === html && check !== 'policed') {
        return ['the page no longer has what is changed'];
      }
      // Whatever is seen must come from the fault: of the unchanged page this check says nothing.
      if (!clean.has(`${view} ${check}`)) {
        clean.add(`${view} ${check}`);
        const before = await look({ html, policy: ownPolicy }, views[view], check);
        if (before.length > 0) {
          return before.map((words) => `without the fault: ${words}`);
        }
      }
      const seen = (faults) => faults.some((words) => says.test(words));
      const faults = await look({ html: changed, policy }, views[view], check, seen);
      return seen(faults) ? [] : [`not seen; said: ${faults.join('; ') || 'nothing'}`];
    });
  }
  await server.stop();
}

async function serve() {
  const state = { page: { html: '' } };
  const server = createServer((request, response) => {
    const found = ['/', '/version'].includes(request.url);
    const { html, policy } = state.page;
    response.writeHead(found ? 200 : 404, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...(policy && { 'content-security-policy': policy }),
    });
    response.end(found ? html : 'absent');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  state.origin = `http://127.0.0.1:${server.address().port}`;
  state.stop = atEnd(async () => {
    server.closeAllConnections();
    server.close();
  });
  return state;
}
