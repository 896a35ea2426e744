import type { Pill } from './pills';

/** Makes the element of a pill, for an editor that is not drawn by React. */
export function pillNode(pill: Pill): HTMLElement {
  const outer = document.createElement('span');
  outer.className = `pill ${pill.tone} ${pill.state}`;
  outer.title = pill.title;
  if (pill.color) outer.style.setProperty('--pill-tone', pill.color);
  const badge = document.createElement('span');
  badge.className = 'pill-badge';
  badge.textContent = pill.badge;
  const label = document.createElement('span');
  label.className = 'pill-label';
  label.textContent = pill.label;
  outer.append(badge, label);
  return outer;
}
