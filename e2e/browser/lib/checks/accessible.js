// What assistive technology meets.

/** How many places of a fault are told. */
const PLACES = 3;

/** axe-core finds nothing, and is in doubt of nothing but what a view names. */
export function axeFindsNothing(axe) {
  return async ({ look, view }) => {
    await look(`${axe.source}\n;undefined`);
    const result = await look(runEveryRule);
    Object.assign(axe, { rules: result.rules, tags: result.tags });
    const found = result.found.filter(({ id, kind }) => kind !== 'in doubt' || !view.doubts?.includes(id));
    const faults = found.map(({ id, kind, nodes }) => `${id} (${kind}, ${nodes.length} places): ${nodes.slice(0, PLACES).join('; ')}`);
    return result.passed === 0 ? [...faults, 'axe-core looked at nothing'] : faults;
  };
}

/* Runs in the page. */
async function runEveryRule() {
  const { axe } = globalThis;
  const known = axe.getRules();
  const rules = Object.fromEntries(known.map(({ ruleId }) => [ruleId, { enabled: true }]));
  const { violations, incomplete, passes } = await axe.run(document, { rules });
  const places = ({ nodes }) => nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary?.replace(/\s+/g, ' ')}`);
  const described = (kind) => (rule) => ({ id: rule.id, kind, nodes: places(rule) });
  return {
    found: [...violations.map(described('violation')), ...incomplete.map(described('in doubt'))],
    passed: passes.length,
    rules: known.length,
    tags: [...new Set(known.flatMap(({ tags }) => tags))].sort(),
  };
}

/** Title, language, landmarks, headings, list of facts and link, as the browser's own accessibility tree has them. */
export function structured({ title, facts }) {
  const wanted = [
    `RootWebArea ${title}`,
    'banner',
    'heading 1 Hello',
    'main',
    'heading 2 Who answered',
    'DescriptionList',
    ...facts.flatMap(([label, value]) => [`term ${label}`, `definition ${value}`]),
    'contentinfo',
    'link /version',
  ];
  return async ({ protocol, look }) => {
    const { nodes } = await protocol.send('Accessibility.getFullAXTree');
    const found = inOrder(nodes);
    const faults = differences(wanted, found);
    const language = await look(() => document.documentElement.lang);
    return language === 'en' ? faults : [...faults, `language: ${language || 'none'}`];
  };
}

const TOLD = new Set(['RootWebArea', 'banner', 'main', 'contentinfo', 'heading', 'DescriptionList', 'term', 'definition', 'link',
  'navigation', 'complementary', 'region', 'image', 'button', 'form', 'list', 'table']);

/** Roles and names, parents before children. */
function inOrder(nodes) {
  const known = new Map(nodes.map((node) => [node.nodeId, node]));
  const words = [];
  const visit = (node) => {
    const role = node.role?.value;
    if (!node.ignored && TOLD.has(role)) {
      const level = node.properties?.find(({ name }) => name === 'level')?.value.value;
      // A definition has no name of its own; its text is what is read.
      const name = role === 'definition' ? text(node, known) : node.name?.value;
      words.push([role, level, name].filter(Boolean).join(' '));
    }
    (node.childIds ?? []).map((id) => known.get(id)).filter(Boolean).forEach(visit);
  };
  nodes.filter(({ parentId }) => parentId === undefined).forEach(visit);
  return words;
}

function text(node, known) {
  if (node.role?.value === 'StaticText') {
    return node.name?.value ?? '';
  }
  return (node.childIds ?? []).map((id) => known.get(id)).filter(Boolean).map((child) => text(child, known)).join('');
}

function differences(wanted, found) {
  const at = wanted.findIndex((words, place) => words !== found[place]);
  if (at < 0 && wanted.length === found.length) {
    return [];
  }
  const place = at < 0 ? wanted.length : at;
  return [`instead of \`${wanted[place] ?? 'the end'}\`: \`${found[place] ?? 'the end'}\``];
}

/** The link is reached with Tab, shows it, and opens with Enter; nothing else takes the focus. */
export async function keyed({ page, look, origin }) {
  await page.keyboard.press('Tab');
  const focus = await look(() => {
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(document.activeElement);
    const seen = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\)$/.test(outlineColor);
    return { target: document.activeElement.getAttribute('href'), seen };
  });
  const faults = focus.target === '/version' ? [] : [`Tab reached ${focus.target ?? 'nothing'}`];
  if (!focus.seen) {
    faults.push('the focus cannot be seen');
  }
  if (faults.length === 0) {
    await Promise.all([page.waitForURL(`${origin}/version`), page.keyboard.press('Enter')]);
  }
  return faults;
}
