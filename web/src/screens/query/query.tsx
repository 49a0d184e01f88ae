export function Query() {
  return null;
}
