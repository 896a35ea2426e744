import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { Known } from './app/ahead';
import { App } from './app/App';
import { applyTheme } from './app/theme';
import './styles.css';

/** Draws the application, knowing what was asked for early. */
export function draw(known: Known | undefined) {
  applyTheme();
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <App known={known} />
    </StrictMode>,
  );
}
