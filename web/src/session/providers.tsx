import { Button, Divider, Stack, Text } from '@mantine/core';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { api, type Schemas, take } from '../api/client';
import { Failure } from '../parts/state';
import { text } from '../text';

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/sso', { signal })),
  staleTime: Number.POSITIVE_INFINITY,
});

export const identitiesQuery = queryOptions({
  queryKey: ['identities'],
  queryFn: ({ signal }) => take(api.GET('/api/v1/me/identities', { signal })),
});

// Lead is a button that takes the whole page to a provider; who comes back
// finds the console loaded anew.
export function Lead({ label, begin }: { label: string; begin: () => Promise<Schemas['Elsewhere']> }) {
  const lead = useMutation({ mutationFn: begin, onSuccess: ({ url }) => window.location.assign(url) });
  return (
    <>
      <Button variant="default" loading={lead.isPending || lead.isSuccess} onClick={() => lead.mutate()}>
        {label}
      </Button>
      {lead.error && <Failure error={lead.error} />}
    </>
  );
}

// SignInElsewhere offers the providers before anybody is signed in, also to
// whoever holds an invitation.
export function SignInElsewhere({ to, invite }: { to?: string; invite?: string }) {
  const { data } = useQuery(providersQuery);
  if (!data?.items.length) return null;
  return (
    <Stack gap="md">
      {data.items.map((p) => (
        <Lead
          key={p.id}
          label={invite ? text.sso.join(p.name) : text.sso.signIn(p.name)}
          begin={() =>
            take(
              api.POST('/api/v1/sso/{provider}/begin', { params: { path: { provider: p.id } }, body: { to, invite } }),
            )
          }
        />
      ))}
      {invite && (
        <Text size="sm" c="dimmed">
          {text.sso.joinText}
        </Text>
      )}
      <Divider label={text.sso.or} />
    </Stack>
  );
}

// ConfirmElsewhere is offered to those who have an account at a provider.
export function ConfirmElsewhere({ alone }: { alone: boolean }) {
  const { data: providers } = useQuery(providersQuery);
  const { data: mine } = useQuery(identitiesQuery);
  const known = providers?.items.filter((p) => mine?.items.some((i) => i.provider === p.id)) ?? [];
  if (known.length === 0) return null;
  const to = window.location.pathname + window.location.search + window.location.hash;
  return (
    <>
      {known.map((p) => (
        <Lead
          key={p.id}
          label={text.sso.stepUp(p.name)}
          begin={() => take(api.POST('/api/v1/me/step-up/provider', { body: { provider: p.id, to } }))}
        />
      ))}
      <Text size="sm" c="dimmed">
        {text.sso.stepUpText}
      </Text>
      {!alone && <Divider label={text.sso.or} />}
    </>
  );
}
