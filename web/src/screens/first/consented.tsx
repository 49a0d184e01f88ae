import { Stack } from '@mantine/core';
import { useParams, useSearch } from '@tanstack/react-router';
import { LinkButton } from '../../parts/linkbutton';
import { RequestId } from '../../parts/requestid';
import { text } from '../../text';
import { Frame } from './frame';

const t = text.connections.consent;

// Consented is where Microsoft's page leads back to, in the second tab. It
// says as little as possible: the first tab shows what happened.
export function Consented() {
  const { id } = useParams({ from: '/consent/done/$id' });
  return (
    <Frame title={t.doneTitle} lead={t.doneText}>
      <LinkButton to="/connections/consent/$id" params={{ id }}>
        {t.doneHere}
      </LinkButton>
    </Frame>
  );
}

// Refused is shown when what came back cannot be trusted or understood.
export function Refused() {
  const { code, request_id } = useSearch({ from: '/consent/refused' });
  return (
    <Frame title={t.refusedTitle} lead={t.refused[code ?? ''] ?? t.refusedText}>
      <Stack gap="sm">
        <RequestId value={request_id} />
        <LinkButton to="/connections/new">{t.startOver}</LinkButton>
      </Stack>
    </Frame>
  );
}
