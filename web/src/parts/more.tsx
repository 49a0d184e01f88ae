import { Button } from '@mantine/core';

type Props = {
  of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
  children: React.ReactNode;
};

// More fetches the next page of a list, as long as there is one.
export function More({ of, children }: Props) {
  return (
    of.hasNextPage && (
      <Button
        variant="default"
        onClick={() => of.fetchNextPage()}
        loading={of.isFetchingNextPage}
        style={{ alignSelf: 'flex-start' }}
      >
        {children}
      </Button>
    )
  );
}
