// Sparkline draws counts as small bars; the number beside it says the sum.
export function Sparkline({ values, label }: { values: number[]; label: string }) {
  const most = Math.max(1, ...values);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${values.length * 4} 24`}
      width="100%"
      height="24"
      preserveAspectRatio="none"
    >
      <path
        fill="var(--nj-link)"
        d={values
          .map((v, i) => {
            const h = v === 0 ? 0 : Math.max(1, (v / most) * 24);
            return `M${i * 4} ${24 - h}h3v${h}h-3z`;
          })
          .join('')}
      />
    </svg>
  );
}
