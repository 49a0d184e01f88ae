import type { Schemas } from '../../api/client';
import type { Channel, Kind } from './query';

// Draft is a channel as it stands in a form: all values by the names of the
// kind's fields. What is secret begins empty, for nobody is shown it again.
export type Draft = {
  name: string;
  enabled: boolean;
  perMinute: string;
  onDoubt: '' | 'send' | 'hold';
  values: Record<string, string>;
};

export function draftOf(kind: Kind, channel?: Channel): Draft {
  return {
    name: channel?.name ?? '',
    enabled: channel?.enabled ?? true,
    perMinute: String(channel?.per_minute ?? 30),
    onDoubt: channel ? channel.on_doubt : '',
    values: Object.fromEntries(
      kind.fields.map((f) => [f.name, f.secret ? '' : (channel?.settings[f.name] ?? f.default ?? '')]),
    ),
  };
}

function split(kind: Kind, draft: Draft) {
  const settings: Record<string, string> = {};
  const secrets: Record<string, string> = {};
  for (const f of kind.fields) {
    const value = draft.values[f.name] ?? '';
    if (f.secret) {
      if (value) secrets[f.name] = value;
    } else settings[f.name] = value.trim();
  }
  return { settings, secrets };
}

// inputOf is what adds a channel. What is left empty is not named.
export function inputOf(kind: Kind, draft: Draft): Schemas['ChannelInput'] {
  const { settings, secrets } = split(kind, draft);
  return {
    name: draft.name.trim(),
    kind: kind.kind,
    enabled: draft.enabled,
    settings: Object.fromEntries(Object.entries(settings).filter(([, v]) => v !== '')),
    secrets,
    per_minute: Number(draft.perMinute),
    ...(draft.onDoubt ? { on_doubt: draft.onDoubt } : {}),
  };
}

// changeOf is what changes a channel: secrets that were not typed anew stay.
export function changeOf(kind: Kind, draft: Draft): Schemas['ChannelChange'] {
  const { settings, secrets } = split(kind, draft);
  return {
    name: draft.name.trim(),
    enabled: draft.enabled,
    settings,
    secrets,
    per_minute: Number(draft.perMinute),
    ...(draft.onDoubt ? { on_doubt: draft.onDoubt } : {}),
  };
}
