import { Button, Group, Modal, Radio, Stack, Textarea } from '@mantine/core';
import { type FormEvent, type KeyboardEvent as Press, useEffect, useRef, useState } from 'react';
import type { Schemas } from '../../api/client';
import { text } from '../../text';
import { alerts as t } from '../../text/alerts';
import { severities } from './address';
import type { Alert } from './query';
import type { Asking, Triage } from './triage';

const dispositions = ['true', 'benign', 'false'] as const;

// AskMore asks what a change needs to know. settled is called once it is off the
// screen: then the focus goes back to where it came from.
export function AskMore({ triage, settled }: { triage: Triage; settled: () => void }) {
  const { asking } = triage;
  // What was asked stays on the dialog while it fades.
  const last = useRef(asking);
  if (asking) last.current = asking;
  const shown = asking ?? last.current;
  return (
    <Modal
      opened={asking !== undefined}
      onClose={triage.dismiss}
      onExitTransitionEnd={settled}
      returnFocus={false}
      // While it faded it would swallow the next key.
      transitionProps={{ duration: 0 }}
      title={shown && titleOf(shown)}
      closeButtonProps={{ 'aria-label': text.action.cancel }}
    >
      {shown?.act === 'close' && <Closing of={shown.of} triage={triage} />}
      {shown?.act === 'comment' && <Commenting of={shown.of} triage={triage} />}
      {shown?.act === 'severity' && <Grading of={shown.of} triage={triage} />}
    </Modal>
  );
}

function titleOf({ act, of }: Asking): string {
  const what = of.length === 1 ? (of[0]?.id ?? '') : t.several(of.length);
  return { close: t.closeTitle, comment: t.commentTitle, severity: t.severityTitle }[act](what);
}

type Of = { of: Alert[]; triage: Triage };

// Words is a comment. Enter sends the form that it is in.
function Words(props: {
  value: string;
  change: (v: string) => void;
  label: string;
  field?: React.Ref<HTMLTextAreaElement>;
  first?: boolean;
  required?: boolean;
}) {
  const send = (e: Press<HTMLTextAreaElement>) => {
    if (e.key !== 'Enter' || e.shiftKey) return;
    e.preventDefault();
    e.currentTarget.form?.requestSubmit();
  };
  return (
    <Textarea
      ref={props.field}
      label={props.label}
      description={t.commentHint}
      value={props.value}
      onChange={(e) => props.change(e.currentTarget.value)}
      onKeyDown={send}
      rows={3}
      maxLength={10_000}
      data-autofocus={props.first || undefined}
      required={props.required}
    />
  );
}

function Buttons({ triage, act }: { triage: Triage; act: string }) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={triage.dismiss}>
        {text.action.cancel}
      </Button>
      <Button type="submit" loading={triage.pending}>
        {act}
      </Button>
    </Group>
  );
}

function Closing({ of, triage }: Of) {
  const [disposition, setDisposition] = useState<Schemas['Disposition']>();
  const [comment, setComment] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (disposition) triage.run(of, { action: 'close', disposition, ...(comment.trim() ? { comment } : {}) });
  };
  // A letter chooses and goes on to the comment; in the comment it is a letter.
  // It is heard from the first moment on, before the dialog has the focus.
  useEffect(() => {
    const letter = (e: KeyboardEvent) => {
      if (e.target instanceof HTMLTextAreaElement || e.ctrlKey || e.metaKey || e.altKey) return;
      const chosen = e.key.length === 1 && dispositions.find((d) => d.startsWith(e.key));
      if (!chosen) return;
      e.preventDefault();
      setDisposition(chosen);
      field.current?.focus();
    };
    window.addEventListener('keydown', letter, true);
    return () => window.removeEventListener('keydown', letter, true);
  }, []);
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group label={t.closeChoice} value={disposition ?? ''} onChange={(d) => setDisposition(d as 'true')}>
          <Stack gap="xs" mt="xs">
            {dispositions.map((d, i) => (
              <Radio
                key={d}
                value={d}
                label={t.dispositionText[d]}
                required
                data-autofocus={(!disposition && i === 0) || undefined}
              />
            ))}
          </Stack>
        </Radio.Group>
        <Words
          field={field}
          label={t.commentOptional}
          value={comment}
          change={setComment}
          first={disposition !== undefined}
        />
        <Buttons triage={triage} act={t.act.close} />
      </Stack>
    </form>
  );
}

function Commenting({ of, triage }: Of) {
  const [comment, setComment] = useState('');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    if (comment.trim()) triage.run(of, { action: 'comment', comment });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Words label={t.comment} value={comment} change={setComment} first required />
        <Buttons triage={triage} act={t.act.comment} />
      </Stack>
    </form>
  );
}

function Grading({ of, triage }: Of) {
  const [severity, setSeverity] = useState<string>(of[0]?.severity ?? '');
  const submit = (e: FormEvent) => {
    e.preventDefault();
    triage.run(of, { action: 'severity', ...(severity ? { severity: severity as Alert['severity'] } : {}) });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group label={t.severityName} value={severity} onChange={setSeverity}>
          <Stack gap="xs" mt="xs">
            {severities
              .filter((s) => s !== 'informational')
              .map((s) => (
                <Radio key={s} value={s} label={t.severity[s]} data-autofocus={s === severity || undefined} />
              ))}
            <Radio value="" label={t.severityRule} />
          </Stack>
        </Radio.Group>
        <Buttons triage={triage} act={t.act.severity} />
      </Stack>
    </form>
  );
}
