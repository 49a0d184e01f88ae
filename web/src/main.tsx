import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { newQueryClient } from './api/queries';
import { pageNonce } from './nonce';
import { newRouter } from './router';
import { theme } from './theme';
import { ClockProvider, follow } from './time/clock';
import { Now } from './time/now';
import { ZoneProvider } from './time/zone';

// Dialogs keep the page behind them from scrolling by a style of their own.
setNonce(pageNonce());

const client = newQueryClient();
const clock = new Now();
follow(client, clock);
const router = newRouter(client, clock);
const scheme = localStorageColorSchemeManager({ key: 'nightjar-scheme' });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={scheme} getStyleNonce={pageNonce}>
        <QueryClientProvider client={client}>
          <ClockProvider clock={clock}>
            <ZoneProvider>
              <Notifications position="bottom-right" />
              <RouterProvider router={router} />
            </ZoneProvider>
          </ClockProvider>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}
