import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentPropsWithRef } from 'react';

type Props = ButtonProps & Omit<ComponentPropsWithRef<'a'>, keyof ButtonProps>;

// LinkButton looks like a button and is a link: it can be opened in a new tab.
export const LinkButton = createLink((props: Props) => <Button component="a" {...props} />);
