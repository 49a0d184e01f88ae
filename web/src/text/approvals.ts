export const approvals = {
  title: 'Approvals',
  waits: 'This waits for a second person',
  waitsText: 'Nothing was done yet. Somebody else with the same role has to approve it before',
  waitsAgain: 'Once it is approved, do the same again here: what is secret is not kept in between.',
  follow: 'Follow it under Approvals',
  badge: (n: number) => (n === 1 ? '1 approval waits for you' : `${n} approvals wait for you`),
  ready: (n: number) => (n === 1 ? '1 approval is granted to you' : `${n} approvals are granted to you`),
  text: 'What matters most needs two people. Read what exactly would be done, and ask who wants it.',
  empty: 'Nothing waits for a second person',
  emptyText:
    'With four_eyes in the configuration, disconnecting a tenant, replacing a credential, and making, changing or removing administrators wait here for somebody else.',
  who: (name: string) => `Asked for by ${name}`,
  expires: 'Over at',
  exactly: 'What exactly',
  approve: 'Approve',
  refuse: 'Refuse',
  withdraw: 'Withdraw',
  reason: 'Why not',
  forWhat: (act: string, summary: string) => `${act}: ${summary}`,
  over: 'Earlier ones',
  overNote: 'Of the last thirty days. The audit log keeps them for ever.',
  because: (reason: string) => `Reason: ${reason}`,
  outcome: (state: string, by?: string) => {
    switch (state) {
      case 'done':
        return `Approved by ${by ?? ''} and done`;
      case 'refused':
        return `Refused by ${by ?? ''}`;
      case 'withdrawn':
        return 'Withdrawn';
      default:
        return by ? `Approved by ${by}, and not done in time` : 'Nobody decided in time';
    }
  },
  own: 'You asked for this. Somebody else decides.',
  grantedAgain: (name: string) => `${name} approved it. Now do the same again where you asked for it.`,
  granted: (name: string) => `${name} approved it, and it is not done yet. Approving it again tries again.`,
  failed: (why: string) => `It failed: ${why}`,
  goThere: 'Go there',
  grantedOther: (name: string) => `${name} approved it. Who asked does it now.`,
};
