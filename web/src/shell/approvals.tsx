import { useQuery } from '@tanstack/react-query';
import { useLinkProps } from '@tanstack/react-router';
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
  return counts.map(({ n, say }) => n > 0 && <Badge key={say(n)}>{say(n)}</Badge>);
}

// Badge is a way to a page that the navigation marks as current by Settings: it
// does not say so a second time.
function Badge({ children }: { children: string }) {
  const { 'aria-current': _, ...props } = useLinkProps({ to: '/settings/approvals', className: 'nj-nav' });
  return (
    <a {...props}>
      <Icon name="person" />
      {children}
    </a>
  );
}
