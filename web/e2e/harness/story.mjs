// stories runs what one person does, one after the other. A story fails for
// what the browser complains about too, and leaves pictures behind; those that
// come after it cannot be told, and are skipped.
export async function stories(t, visit, told) {
  let broken = false;
  for (const [name, story] of told) {
    await t.test(name, { skip: broken && 'an earlier one failed', timeout: 90_000 }, async () => {
      try {
        await story(visit);
      } catch (error) {
        broken = true;
        await visit.picture(name);
        throw error;
      }
      visit.blameless();
    });
  }
}
