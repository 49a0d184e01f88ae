import { text } from '../text';
import { CopyIcon } from './copy';

// RequestId is what an administrator finds the cause by, in the log.
export function RequestId({ value }: { value: string | undefined }) {
  if (!value) return null;
  return (
    <span>
      {text.error.requestId} <span className="nj-mono">{value}</span>
      <CopyIcon value={value} label={value} />
    </span>
  );
}
