export function DashboardEdit() {
  return null;
}
