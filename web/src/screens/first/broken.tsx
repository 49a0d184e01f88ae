import { Container } from '@mantine/core';
import { ApiError } from '../../api/error';
import { LinkButton } from '../../parts/linkbutton';
import { Empty, Failure } from '../../parts/state';
import { text } from '../../text';

export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  const shown =
    error instanceof ApiError
      ? error
      : new ApiError('internal', text.error.screen, { hint: text.error.screenHint, cause: error });
  return (
    <Container size="sm" py="xl">
      <Failure error={shown} retry={reset} />
    </Container>
  );
}

export function Missing() {
  return (
    <Empty title={text.error.noPage} action={<LinkButton to="/">{text.error.toOverview}</LinkButton>}>
      {text.error.noPageText}
    </Empty>
  );
}
