import { begin } from './app/ahead';
import { match } from './app/routes';

// This is the first script of the page, and a small one: what it asks for comes while the application is loaded.
const known = begin(match(location.pathname));
const { draw } = await import('./main');
draw(await known);
