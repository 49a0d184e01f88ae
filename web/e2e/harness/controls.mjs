// The ways in which a person finds things on a page: by role and name.

export const heading = (page, name) => page.getByRole('heading', { name, exact: true });
export const button = (page, name) => page.getByRole('button', { name, exact: true });
export const link = (page, name) => page.getByRole('link', { name, exact: true });
export const field = (page, name) => page.getByRole('textbox', { name, exact: true });
export const tab = (page, name) => page.getByRole('tab', { name, exact: true });

// A field of a password has no role, only its label (with an asterisk when it
// must be filled).
export const secretField = (page, name) => page.getByLabel(new RegExp(`^${name}( \\*)?$`));

// to goes to a screen by the navigation.
export async function to(page, name) {
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name, exact: true }).click();
  await heading(page, name).waitFor();
}
