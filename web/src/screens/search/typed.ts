import { useEffect, useRef, useState } from 'react';

// typingPause is how long after a key stroke the search begins; each further
// stroke takes the question before back.
const typingPause = 250;

// useTyped keeps what is being typed, and tells it when its owner pauses.
// value is what holds now: it follows what was told after a moment, in which
// its owner may have typed on, and changes by other means too.
export function useTyped(value: string, tell: (words: string) => void) {
  const [words, setWords] = useState(value);
  const [known, setKnown] = useState(value);
  const [told, setTold] = useState<string>();
  if (value !== known) {
    setKnown(value);
    // A link, going back: not what was told, which must not take strokes back.
    if (value !== told && value !== words.trim()) setWords(value);
    setTold(undefined);
  }
  const act = useRef(tell);
  act.current = tell;
  useEffect(() => {
    if (words.trim() === value) return;
    const timer = setTimeout(() => {
      setTold(words.trim());
      act.current(words.trim());
    }, typingPause);
    return () => clearTimeout(timer);
  }, [words, value]);
  return [words, setWords] as const;
}
