import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { approvalsQuery } from '../api/queries';
import { Icon } from '../parts/icon';
import { useMe } from '../session/me';
import { text } from '../text';

// WaitingApprovals leads to what waits for the person who looks, be it to be
// decided or to be done after it was, while something does.
export function WaitingApprovals() {
  const { may } = useMe();
  const { data } = useQuery({ ...approvalsQuery, enabled: may('connection.manage') });
  const open = data?.items ?? [];
  const counts = [
    { n: open.filter((a) => a.may_decide && a.state === 'waiting').length, say: text.approvals.badge },
    { n: open.filter((a) => a.mine && a.repeats && a.state === 'granted').length, say: text.approvals.ready },
  ];
  return counts.map(
    ({ n, say }) =>
      n > 0 && (
        <Link key={say(n)} to="/settings/approvals" className="nj-nav">
          <Icon name="person" />
          {say(n)}
        </Link>
      ),
  );
}
