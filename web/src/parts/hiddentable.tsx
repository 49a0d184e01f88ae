// HiddenTable says to whoever cannot see a chart what is in it.
export function HiddenTable({
  title,
  head,
  rows,
}: {
  title: string;
  head: string[];
  rows: (string | number | null)[][];
}) {
  return (
    <table className="nj-hidden">
      <caption>{title}</caption>
      <thead>
        <tr>
          {head.map((h) => (
            <th key={h} scope="col">
              {h}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={String(row[0])}>
            {row.map((cell, i) => (
              <td key={head[i] ?? i}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
