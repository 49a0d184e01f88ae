import { Alert, Button, FileButton, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, type Schemas, take } from '../../api/client';
import { LinkButton } from '../../parts/linkbutton';
import { Page, Panel } from '../../parts/page';
import { Answer, Empty, Failure } from '../../parts/state';
import { useMe } from '../../session/me';
import { text } from '../../text';
import { dashboardsQuery, readFile } from './draft';

const t = text.dashboards;

export function DashboardList() {
  const query = useQuery(dashboardsQuery);
  const { may } = useMe();
  const mayChange = may('dashboard.manage', 'all');
  return (
    <Page
      title={t.title}
      actions={
        mayChange && (
          <>
            <Import />
            <LinkButton to="/dashboards/$id/edit" params={{ id: 'new' }}>
              {t.create}
            </LinkButton>
          </>
        )
      }
    >
      <Answer of={query}>
        {({ items }) => (
          <Stack gap="lg">
            <Cards title={t.ready} items={items.filter((d) => d.ready)} />
            {items.some((d) => !d.ready) ? (
              <Cards title={t.own} items={items.filter((d) => !d.ready)} />
            ) : (
              <Panel title={t.own}>
                <Empty title={t.none}>{mayChange ? t.noneText : undefined}</Empty>
              </Panel>
            )}
          </Stack>
        )}
      </Answer>
    </Page>
  );
}

function Cards({ title, items }: { title: string; items: Schemas['DashboardList']['items'] }) {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
        {items.map((d) => (
          <Panel key={d.id} label={d.title}>
            {d.problem ? (
              <Alert color="red" variant="outline" title={t.problem}>
                {d.problem}
              </Alert>
            ) : (
              <>
                <Link to="/dashboards/$id" params={{ id: d.id }}>
                  <strong>{d.title}</strong>
                </Link>
                <Text size="sm">{d.text}</Text>
                <Text size="xs" c="dimmed">
                  {t.panels(d.panels)}
                </Text>
              </>
            )}
          </Panel>
        ))}
      </SimpleGrid>
    </section>
  );
}

// Import takes a file that Download made, here or elsewhere.
function Import() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [bad, setBad] = useState(false);
  const add = useMutation({
    mutationFn: async (file: File) => {
      const read = readFile(await file.text());
      setBad(read === undefined);
      if (!read) return undefined;
      return take(api.PUT('/api/v1/dashboards/{id}', { params: { path: { id: read.id } }, body: read.input }));
    },
    onSuccess: async (saved) => {
      if (!saved) return;
      await client.invalidateQueries({ queryKey: dashboardsQuery.queryKey });
      void navigate({ to: '/dashboards/$id', params: { id: saved.id } });
    },
  });
  return (
    <Group gap="sm">
      {bad && (
        <Text c="var(--nj-bad)" role="alert">
          {t.importBad}
        </Text>
      )}
      {add.error && <Failure error={add.error} />}
      <FileButton
        accept="application/json"
        onChange={(file) => file && add.mutate(file)}
        inputProps={{ 'aria-label': t.import }}
      >
        {(props) => (
          <Button variant="default" loading={add.isPending} {...props}>
            {t.import}
          </Button>
        )}
      </FileButton>
    </Group>
  );
}
