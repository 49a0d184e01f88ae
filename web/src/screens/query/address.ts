import { one, type Search, tenants } from '../../address';
import { readSpan, type Span } from '../../time/span';

export type QueryAddress = Partial<Span> & { tenant?: string[]; sql?: string };

export const validateQuery = (search: Search): QueryAddress => ({
  ...readSpan(search),
  tenant: tenants(search),
  sql: one(search, 'sql'),
});
