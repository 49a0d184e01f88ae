export function SigninMap() {
  return null;
}
