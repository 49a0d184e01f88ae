export const sso = {
  signIn: (name: string) => `Sign in with ${name}`,
  join: (name: string) => `Join with ${name}`,
  joinText: 'No password is made here: you sign in with that account.',
  stepUp: (name: string) => `Confirm with ${name}`,
  stepUpText: 'You sign in there again and come back to this page. Then do once more what you were about to do.',
  or: 'or',
  refusedTitle: 'You are not signed in',
  refusedLinkTitle: 'The account is not linked',
  refusedStepUpTitle: 'You are not confirmed',
  back: 'Back to the console',
  provider: 'the provider',
  reasons: {
    foreign: () =>
      'This answer belongs to no sign-in that this browser has open. Each works once, for ten minutes, in the browser in which it began. Begin again.',
    expired: () => 'This sign-in is older than ten minutes. Begin again.',
    declined: (p: string) => `${p} did not sign you in. Begin again, and choose another account if you have several.`,
    unavailable: (p: string) => `${p} does not answer. Try again in a minute, or sign in another way.`,
    settings: (p: string) =>
      `${p} does not accept Nightjar. An administrator finds the reason in Nightjar’s log; docs/sso.md says what the provider must know.`,
    not_believed: (p: string) =>
      `What came back from ${p} does not prove who you are. Begin again. If it happens again, an administrator finds the reason in Nightjar’s log.`,
    tenant: (p: string) =>
      `Accounts of your organisation may not sign in here. Sign in with an account that ${p} knows as one of the organisation that runs Nightjar.`,
    stale: (p: string) =>
      `${p} did not have you sign in anew, or does not say when you did. Use your authenticator or a passkey; an administrator finds in docs/sso.md what ${p} must send.`,
    unknown: (p: string) =>
      `Nobody here is linked to this account of ${p}. Ask an administrator for an invitation and take it up with this account. If you have a password or a passkey here, sign in with it and link the account under Settings, Account.`,
    role: (p: string) => `Your account has no role here. Whoever manages your account at ${p} can give you one.`,
    disabled: () => 'You may not sign in at the moment. Ask an administrator.',
    taken: () => 'This account is linked to another person here. Choose another account.',
    linked: () => 'This account is linked to you already.',
    other: () => 'This account is not linked to you. Begin again, and choose the account with which you sign in here.',
    mapped: (p: string) => `${p} decides what you may do, so you sign in there alone.`,
    reset: () => 'This link is for a new password. Choose one, and link the account afterwards.',
    over: () =>
      'Your session or the invitation is over. Sign in and begin again, or ask an administrator for a new invitation.',
    name: () => 'There is somebody of the invitation’s name already. Ask an administrator for a new invitation.',
    setup: () =>
      'Nobody administers this Nightjar yet. Set up the first administrator with the token that nightjar serve printed.',
    trouble: () => 'Something went wrong. Begin again; if it happens again, look for the request id in Nightjar’s log.',
  } as Record<string, (provider: string) => string>,
  account: {
    title: 'Accounts elsewhere',
    text: 'Accounts with which you sign in without a password of Nightjar. Whether they ask for a second factor is theirs to say.',
    none: 'None is linked.',
    link: (name: string) => `Link an account of ${name}`,
    account: 'Account',
    since: 'Linked',
    used: 'Last used',
    never: 'never',
    mapped: 'decides what you may do',
    unlink: 'Unlink',
    unlinkOf: (name: string) => `Unlink ${name}`,
  },
};
