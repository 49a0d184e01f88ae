import { text } from '../../text';
import type { Layer } from './address';

// A layer is told by the shape of its mark as well as by its colour.

export const markOf: Record<Layer, (r: number) => string> = {
  user: (r) => `M${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`,
  failed: (r) => `M0 ${-r * 1.2}L${r * 1.1} ${r * 0.8}H${-r * 1.1}z`,
  service: (r) => `M${-r * 0.9} ${-r * 0.9}h${r * 1.8}v${r * 1.8}h${-r * 1.8}z`,
  anonymiser: (r) => `M0 ${-r * 1.3}L${r * 1.3} 0L0 ${r * 1.3}L${-r * 1.3} 0z`,
};

export function LayerMark({ layer }: { layer: Layer }) {
  return (
    <span className="nj-severity">
      <svg aria-hidden="true" width="14" height="14" viewBox="-8 -8 16 16">
        <path d={markOf[layer](5)} className={`nj-dot ${layer}`} />
      </svg>
      {text.map.layer[layer]}
    </span>
  );
}
