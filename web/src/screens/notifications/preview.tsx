import { Button, Group, List, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { Panel } from '../../parts/page';
import { Failure } from '../../parts/state';
import { Time } from '../../parts/time';
import { useMe } from '../../session/me';
import { notify } from '../../text/notify';
import { channelsQuery, type Route } from './query';

const t = notify.routes;

const severities = ['critical', 'high', 'medium', 'low'] as const;

// Preview asks who would be told of an alert, by the routes that are on the
// screen, saved or not.
export function Preview({ routes }: { routes: Route[] | undefined }) {
  const { me } = useMe();
  const channels = useQuery(channelsQuery);
  const [severity, setSeverity] = useState<Schemas['NoticeSeverity'] | ''>('');
  const [tenant, setTenant] = useState('');
  const [pack, setPack] = useState('');
  const [rule, setRule] = useState('');
  const [alert, setAlert] = useState('');
  const ask = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/routes/test', {
          body: {
            ...(alert ? { alert: alert.trim() } : {}),
            ...(severity ? { severity } : {}),
            ...(tenant ? { tenant } : {}),
            ...(pack ? { pack } : {}),
            ...(rule ? { rule: rule.trim() } : {}),
            ...(routes ? { routes } : {}),
          },
        }),
      ),
  });
  const name = (id: string) => {
    const c = channels.data?.items.find((c) => c.id === id);
    return c ? (c.enabled ? c.name : `${c.name} (${t.off})`) : id;
  };
  const submit = (e: FormEvent) => {
    e.preventDefault();
    ask.mutate();
  };
  return (
    <Panel title={t.preview}>
      <form onSubmit={submit}>
        <Stack gap="sm">
          <Text size="sm">{t.previewText}</Text>
          <Group align="flex-end" gap="sm">
            <NativeSelect
              label={t.severities}
              value={severity}
              onChange={(e) => setSeverity(e.currentTarget.value as Schemas['NoticeSeverity'] | '')}
              data={[{ value: '', label: t.its }, ...severities.map((s) => ({ value: s, label: notify.severity[s] }))]}
            />
            {me.tenants.length > 0 && (
              <NativeSelect
                label={t.tenants}
                value={tenant}
                onChange={(e) => setTenant(e.currentTarget.value)}
                data={[{ value: '', label: t.any }, ...me.tenants.map((m) => ({ value: m.id, label: m.name }))]}
              />
            )}
            <TextInput label={t.packs} value={pack} onChange={(e) => setPack(e.currentTarget.value)} />
            <TextInput label={t.rule} value={rule} onChange={(e) => setRule(e.currentTarget.value)} />
            <TextInput label={t.alert} value={alert} onChange={(e) => setAlert(e.currentTarget.value)} />
            <Button type="submit" variant="default" loading={ask.isPending}>
              {t.ask}
            </Button>
          </Group>
          {ask.error && <Failure error={ask.error} />}
          <div role="status">
            {ask.data &&
              (ask.data.items.length === 0 ? (
                t.nobodyTold
              ) : (
                <List>
                  {ask.data.items.map((h, i) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: routes may have the same name
                    <List.Item key={i}>
                      {t.hit(h.route, h.channels.length > 0 ? h.channels.map(name).join(', ') : t.nobody)}
                      {h.instead && ` (${t.instead})`}
                      {!h.notified && ` (${t.notNotified})`}
                      {h.due && (
                        <>
                          {' '}
                          {t.due} <Time value={h.due} detail="minute" />
                        </>
                      )}
                    </List.Item>
                  ))}
                </List>
              ))}
          </div>
        </Stack>
      </form>
    </Panel>
  );
}
