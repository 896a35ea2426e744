export function IncompletePage() {
  return null;
}
