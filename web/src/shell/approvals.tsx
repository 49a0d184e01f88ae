import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { approvalsQuery } from '../api/queries';
import { Icon } from '../parts/icon';
import { useMe } from '../session/me';
import { text } from '../text';

// WaitingApprovals leads to what waits for the person who looks, while
// something does.
export function WaitingApprovals() {
  const { may } = useMe();
  const { data } = useQuery({ ...approvalsQuery, enabled: may('connection.manage') });
  const mine = data?.items.filter((a) => a.may_decide && a.state === 'waiting').length ?? 0;
  if (mine === 0) return null;
  return (
    <Link to="/settings/approvals" className="nj-nav">
      <Icon name="person" />
      {text.approvals.badge(mine)}
    </Link>
  );
}
