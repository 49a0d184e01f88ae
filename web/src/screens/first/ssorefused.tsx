import { Stack } from '@mantine/core';
import { useSearch } from '@tanstack/react-router';
import { LinkButton } from '../../parts/linkbutton';
import { RequestId } from '../../parts/requestid';
import { text } from '../../text';
import { Frame } from './frame';

const t = text.sso;

const titles: Record<string, string> = { link: t.refusedLinkTitle, step_up: t.refusedStepUpTitle };

// SSORefused is where a provider's answer leads that leads nowhere else. What
// it says it has in its own catalogue, for anybody can write an address.
export function SSORefused() {
  const { reason, purpose, provider, request_id } = useSearch({ from: '/sso/refused' });
  const say = t.reasons[reason ?? ''] ?? t.reasons.trouble;
  return (
    <Frame title={titles[purpose ?? ''] ?? t.refusedTitle} lead={say?.(provider ?? t.provider)}>
      <Stack gap="sm">
        <RequestId value={request_id} />
        <LinkButton to="/">{t.back}</LinkButton>
      </Stack>
    </Frame>
  );
}
