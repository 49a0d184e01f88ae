// Leaves out of the console's style sheets what no screen can show. Mantine's
// sheet holds every part of the library; each of its classes is named m_ and a
// hash, and a class that no script names is on no page.
import postcss from 'postcss';

const part = /\.(m_[0-9a-f]+)/g;

export function unused() {
  return {
    name: 'unused-styles',
    enforce: 'post',
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const code = files.filter((f) => f.type === 'chunk').map((f) => f.code);
      for (const sheet of files.filter((f) => f.fileName.endsWith('.css')))
        sheet.source = prune(String(sheet.source), (name) => code.some((c) => c.includes(name)));
    },
  };
}

// prune drops each selector with a class of the library that nobody names, and
// rules and blocks of which nothing is left.
export function prune(sheet, named) {
  const known = new Map();
  const shown = (name) => {
    if (!known.has(name)) known.set(name, named(name));
    return known.get(name);
  };
  const tree = postcss.parse(sheet);
  tree.walkRules((rule) => {
    const kept = rule.selectors.filter((s) => [...s.matchAll(part)].every((m) => shown(m[1])));
    if (kept.length === 0) rule.remove();
    else if (kept.length < rule.selectors.length) rule.selectors = kept;
  });
  tree.walkAtRules((block) => {
    if (block.nodes?.length === 0) block.remove();
  });
  return tree.toString();
}
