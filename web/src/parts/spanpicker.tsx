import { ActionIcon, Button, Divider, Group, Popover, Stack, Text, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { type FormEvent, useState } from 'react';
import { text } from '../text';
import { useClock } from '../time/clock';
import { forInput, formatAge, formatTime, fromInput, offsetOf } from '../time/format';
import { lastSpan, lengthOf, presets, type Span, shift, widen } from '../time/span';
import { useZone } from '../time/zone';
import { Icon } from './icon';

// SpanPicker chooses the span that a screen asks about. What it hands out is
// absolute, also when it was chosen as "last 24 hours".
export function SpanPicker({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const { zone } = useZone();
  const clock = useClock();
  const [opened, popover] = useDisclosure(false);
  const choose = (next: Span) => {
    onChange(next);
    popover.close();
  };
  const narrow = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const end = (at: string) => formatTime(at, zone, 'minute');
  const shown = `${end(span.from).replace(/ \S+$/, '')} – ${end(span.to)}`;
  // On a phone the year and the offset give way; the label keeps them.
  const short = narrow ? shown.replace(/\d{4}-/g, '').replace(/ \S+$/, '') : shown;
  return (
    <Group gap={4} maw="100%" role="group" aria-label={text.span.label}>
      <Step label={text.span.earlier} icon="left" act={() => onChange(shift(span, -1))} />
      <Popover opened={opened} onChange={popover.toggle} position="bottom-end" shadow="md" trapFocus width={340}>
        <Popover.Target>
          <Button
            variant="default"
            onClick={popover.toggle}
            leftSection={<Icon name="clock" size={14} />}
            aria-label={`${text.span.label}: ${shown}`}
          >
            <span className="nj-cut">{short}</span>
          </Button>
        </Popover.Target>
        <Popover.Dropdown>
          <Stack gap="sm">
            <Group gap={4}>
              {presets.map((p) => (
                <Button
                  key={p.id}
                  size="compact-sm"
                  variant="default"
                  onClick={() => choose(lastSpan(p.milliseconds, clock.now()))}
                >
                  {text.span.last[p.id]}
                </Button>
              ))}
            </Group>
            <Divider label={text.span.exact} />
            <Exact key={`${span.from}${span.to}${zone}`} span={span} onChange={choose} />
          </Stack>
        </Popover.Dropdown>
      </Popover>
      <Step label={text.span.later} icon="right" act={() => onChange(shift(span, 1))} />
      <Step label={text.span.wider} icon="minus" act={() => onChange(widen(span))} />
      <Step
        label={`${text.span.toNow} (${formatAge(lengthOf(span))})`}
        icon="refresh"
        act={() => onChange(lastSpan(lengthOf(span), clock.now()))}
      />
    </Group>
  );
}

function Step({ label, icon, act }: { label: string; icon: 'left' | 'right' | 'refresh' | 'minus'; act: () => void }) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="default" size={30} aria-label={label} onClick={act}>
        <Icon name={icon} size={14} />
      </ActionIcon>
    </Tooltip>
  );
}

function Exact({ span, onChange }: { span: Span; onChange: (span: Span) => void }) {
  const { zone } = useZone();
  const [from, setFrom] = useState(forInput(span.from, zone));
  const [to, setTo] = useState(forInput(span.to, zone));
  const [wrong, setWrong] = useState(false);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    const [f, t] = [fromInput(from, zone), fromInput(to, zone)];
    if (f && t && f < t) onChange({ from: f, to: t });
    else setWrong(true);
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <TextInput
          type="datetime-local"
          step={1}
          label={text.time.from}
          value={from}
          onChange={(e) => setFrom(e.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          step={1}
          label={text.time.to}
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
          error={wrong ? text.span.wrong : undefined}
        />
        <Text size="xs" c="dimmed">
          {text.span.zone(offsetOf(new Date(span.from), zone))}
        </Text>
        <Button type="submit">{text.span.apply}</Button>
      </Stack>
    </form>
  );
}
