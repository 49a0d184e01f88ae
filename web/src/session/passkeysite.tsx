import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { statusQuery } from '../api/queries';
import { text } from '../text';

const t = text.passkeys.trouble;

export type PasskeySite = {
  usable: boolean;
  trouble?: keyof typeof t;
  origin?: string; // where to go instead
};

// siteOf says whether passkeys can be used on this page: a browser binds them
// to the name of the site that the server says it is.
export function siteOf(
  site: { origin: string; trouble?: 'address' | 'insecure' },
  here: string,
  able: boolean,
): PasskeySite {
  if (site.trouble) return { usable: false, trouble: site.trouble };
  if (site.origin !== here) return { usable: false, trouble: 'elsewhere', origin: site.origin };
  return able ? { usable: true } : { usable: false, trouble: 'unsupported' };
}

export function usePasskeySite(): PasskeySite {
  const { data } = useQuery(statusQuery);
  if (!data) return { usable: false };
  return siteOf(data.passkeys, window.location.origin, typeof PublicKeyCredential === 'function');
}

// PasskeyTrouble says why passkeys are not offered here, and what to do.
export function PasskeyTrouble({ site, path = '/' }: { site: PasskeySite; path?: string }) {
  if (!site.trouble) return null;
  return (
    <Text size="sm" c="dimmed">
      {t[site.trouble]}
      {site.origin && (
        <>
          {' '}
          <Anchor href={site.origin + path} inherit underline="always">
            {site.origin}
          </Anchor>
        </>
      )}
    </Text>
  );
}
