// SLOWER=4 gives each page a quarter of the processor, as a busy machine does,
// and everything four times as long: what holds only on a quick one shows.
export const slower = Number(process.env.SLOWER ?? 1);

// slow makes a page as slow as that.
export async function slow(page) {
  try {
    const session = await page.context().newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slower });
  } catch (error) {
    if (!page.isClosed()) throw error;
  }
}
