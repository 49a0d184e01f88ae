// techniques reads the tags of ATT&CK: its techniques, which have a page, and
// its tactics, which are words.
export function techniques(tags: readonly string[]): { name: string; href?: string }[] {
  return tags.flatMap((tag) => {
    const said = /^attack\.(.+)$/i.exec(tag)?.[1];
    if (!said) return [];
    const technique = /^t(\d{4})(?:\.(\d{3}))?$/i.exec(said);
    if (!technique) return [{ name: said.replaceAll(/[-_]/g, ' ') }];
    const [, main, sub] = technique;
    return [
      {
        name: `T${main}${sub ? `.${sub}` : ''}`,
        href: `https://attack.mitre.org/techniques/T${main}/${sub ? `${sub}/` : ''}`,
      },
    ];
  });
}
