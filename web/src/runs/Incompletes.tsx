export function Incompletes() {
  return null;
}
