import { folder, run } from './process.mjs';

// startDemo runs `nightjar demo` with what it always makes up.
export async function startDemo() {
  const { dir, remove } = await folder();
  try {
    const demo = await run(['demo', '--seed', '7', '--data-dir', dir], {
      cwd: dir,
      ready: /(http:\/\/127\.0\.0\.1:\d+)\/login#(\S+)/,
    });
    const [link, base] = demo.match;
    const stop = async () => {
      await demo.stop();
      await remove();
    };
    return { base, link, dir, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}
