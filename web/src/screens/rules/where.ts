// The selection of an exception, as it stands in a form and as people read it.

export type Line = { field: string; value: string };

// whereOf makes of the lines of a form what the interface takes: several
// values are a list. Lines without a field are left out; without any there is
// nothing to take away.
export function whereOf(lines: readonly Line[]): Record<string, unknown> | undefined {
  const where: Record<string, unknown> = {};
  for (const { field, value } of lines) {
    const name = field.trim();
    if (!name) continue;
    const values = value.split('\n').flatMap((v) => v.trim() || []);
    if (values.length === 0) return undefined;
    where[name] = values.length === 1 ? values[0] : values;
  }
  return Object.keys(where).length > 0 ? where : undefined;
}

// sayWhere is a selection as a sentence.
export function sayWhere(where: Record<string, unknown>, words: { is: string; or: string; and: string }): string {
  return Object.entries(where)
    .map(
      ([field, value]) =>
        `${field} ${words.is} ${Array.isArray(value) ? value.map(String).join(words.or) : String(value)}`,
    )
    .join(words.and);
}
