import type { Schemas } from '../../api/client';
import { curl, queryCommand } from '../../parts/command';
import { CopyMenu } from '../../parts/copy';
import { LinkButton } from '../../parts/linkbutton';
import { text } from '../../text';
import type { Span } from '../../time/span';

const t = text.search;

type Asked = { asked: Schemas['SearchBase'] };

type Share = Asked & { sql: string | undefined; tenants: string[] | undefined; span: Span };

export function ShareMenu({ asked, sql, tenants, span }: Share) {
  return (
    <>
      <CopyMenu
        forms={[
          { label: t.copy.link, value: () => window.location.href },
          ...(sql
            ? [
                { label: t.copy.sql, value: () => sql },
                { label: t.copy.cli, value: () => queryCommand(sql, tenants, span) },
              ]
            : []),
          { label: t.copy.curl, value: () => curl('POST', '/api/v1/events/search', asked) },
        ]}
      />
      {sql && (
        <LinkButton variant="default" to="/query" search={{ sql, from: span.from, to: span.to, tenant: tenants }}>
          {t.toSql}
        </LinkButton>
      )}
    </>
  );
}
