import { redirect } from '@tanstack/react-router';
import { api, take } from '../../api/client';
import { opened } from './address';

// openSaved leads from the link of a saved search to its screen, with the span
// that it has now.
export async function openSaved(id: string, now: number): Promise<never> {
  const s = await take(api.GET('/api/v1/searches/{id}', { params: { path: { id } } }));
  throw redirect({ ...opened(s, now), replace: true });
}
