// What a reader sees.

/** Each fact stands beside its label, as plain text, and nothing covers or hides it. */
export function shown({ title, facts }) {
  return async ({ look, page }) => {
    const faults = await look(findFacts, facts);
    const actual = await page.title();
    return actual === title ? faults : [...faults, `title: ${actual}`];
  };
}

/* Runs in the page. */
function findFacts(facts) {
  const faults = [];
  const labels = [...document.querySelectorAll('dt')];
  for (const [label, value] of facts) {
    const place = labels.find((element) => element.textContent === label)?.nextElementSibling;
    if (place?.innerText !== value) {
      faults.push(`${label}: \`${place?.innerText ?? 'absent'}\``);
      continue;
    }
    place.scrollIntoView({ block: 'center' });
    const range = document.createRange();
    range.selectNodeContents(place);
    const [box] = range.getClientRects();
    const visible = place.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
    const top = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    if (!visible || !place.contains(top)) {
      faults.push(`${label} is hidden`);
    }
  }
  if (labels.length !== facts.length) {
    faults.push(`${labels.length} facts instead of ${facts.length}`);
  }
  return faults;
}

/** Text runs from top to bottom in the order of the document, so that reading aloud and looking agree. */
export async function ordered({ look }) {
  return look(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    const pieces = [];
    while (walker.nextNode()) {
      range.selectNodeContents(walker.currentNode);
      const [box] = range.getClientRects();
      if (box && walker.currentNode.data.trim()) {
        pieces.push({ words: walker.currentNode.data.trim(), x: box.x, y: box.y, height: box.height });
      }
    }
    const back = pieces.filter((piece, place) => {
      const before = pieces[place - 1];
      const sameLine = before && Math.abs(before.y - piece.y) < piece.height / 2;
      return before && (sameLine ? piece.x <= before.x : piece.y < before.y);
    });
    return pieces.length === 0 ? ['no text is drawn'] : back.map(({ words }) => `out of order: ${words}`);
  });
}

/** Nothing makes a reader scroll sideways, and no text is cut off (WCAG 2.2, 1.4.10). */
export async function fitting({ look }) {
  return look(() => {
    const room = document.documentElement.clientWidth;
    const wide = document.scrollingElement.scrollWidth;
    const faults = wide > room ? [`${wide} px of content in ${room} px`] : [];
    for (const element of document.body.querySelectorAll('*')) {
      const { left, right } = element.getBoundingClientRect();
      const cut = getComputedStyle(element).overflowX !== 'visible' && element.scrollWidth > element.clientWidth;
      if (left < -0.5 || right > room + 0.5 || cut) {
        faults.push(`${element.localName} does not fit`);
      }
    }
    return faults;
  });
}

/** The page is light where light is asked for, and dark where dark is. */
export async function inScheme({ look, view }) {
  const [paper, ink] = await look(() => {
    const { backgroundColor, color } = getComputedStyle(document.body);
    const lightness = (colour) => colour.match(/[\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
    return [lightness(backgroundColor), lightness(color)];
  });
  const right = view.scheme === 'dark' ? paper < 0.2 && ink > 0.8 : paper > 0.8 && ink < 0.2;
  return right ? [] : [`paper ${paper.toFixed(2)} and ink ${ink.toFixed(2)} of 1`];
}

/** With forced colours the reader's own are used: no text but links keeps a colour of the page. */
export async function inForcedColours({ look }) {
  return look(() => {
    const colour = (element) => getComputedStyle(element).color;
    const text = [...document.querySelectorAll('h1, h2, p, dt, dd')].filter((element) => colour(element) !== colour(document.body));
    const faults = text.map((element) => `${element.localName} keeps its colour`);
    return matchMedia('(forced-colors: active)').matches ? faults : [...faults, 'colours are not forced'];
  });
}

/** Nothing moves. */
export async function still({ look }) {
  return look(() => {
    const moving = [...document.querySelectorAll('*')].filter((element) => {
      const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
      return animationName !== 'none' || /[1-9]/.test(transitionDuration) || scrollBehavior === 'smooth';
    });
    const faults = moving.map((element) => `${element.localName} moves`);
    return matchMedia('(prefers-reduced-motion: reduce)').matches ? faults : [...faults, 'motion is not reduced'];
  });
}

/** No text is smaller than the size that the reader chose in the browser. */
export async function largeEnough({ look, view }) {
  return look((size) => {
    const texts = [...document.querySelectorAll('h1, h2, p, dt, dd, a')];
    const small = texts.filter((element) => parseFloat(getComputedStyle(element).fontSize) < size);
    return small.map((element) => `${element.localName} is smaller than ${size} px`);
  }, view.textSize);
}
