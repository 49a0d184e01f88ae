import { slower } from './pace.mjs';

// stories runs what one person does, one after the other. A story fails for
// what the browser complains about too, and leaves pictures behind; those that
// come after one that was not told to its end cannot be told, and are skipped.
export async function stories(t, visit, told) {
  let broken = false;
  for (const [name, story] of told) {
    const options = { skip: broken && 'an earlier one failed', timeout: 90_000 * slower };
    await t.test(name, options, async () => {
      broken = true; // also when its time is up
      try {
        await story(visit);
      } catch (error) {
        await visit.picture(name);
        throw error;
      }
      broken = false;
      visit.blameless();
    });
  }
}
