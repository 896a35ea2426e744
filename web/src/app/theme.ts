import { useState } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];
const place = 'ropeway.theme';

function isTheme(text: string | null): text is Theme {
  return themes.some((t) => t === text);
}

function stored(): Theme {
  const text = localStorage.getItem(place);
  return isTheme(text) ? text : 'system';
}

/** Shows the theme that was chosen in this browser, before anything is drawn. */
export function applyTheme(theme: Theme = stored()) {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(stored);
  return [
    theme,
    (next) => {
      localStorage.setItem(place, next);
      applyTheme(next);
      setTheme(next);
    },
  ];
}
