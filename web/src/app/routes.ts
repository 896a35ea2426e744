/** The addresses of the application. The server answers these and no others; a test of internal/web compares the two lists. */
export const routes = [
  { name: 'home', path: '/' },
  { name: 'setup', path: '/setup' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'join', path: '/join' },
  { name: 'reset', path: '/reset' },
  { name: 'scenarios', path: '/scenarios' },
  { name: 'scenario', path: '/scenarios/:id' },
  { name: 'history', path: '/history' },
  { name: 'execution', path: '/history/:id' },
  { name: 'incompletes', path: '/incomplete' },
  { name: 'incomplete', path: '/incomplete/:id' },
  { name: 'connections', path: '/connections' },
  { name: 'account', path: '/account' },
] as const;

export type RouteName = (typeof routes)[number]['name'];

export interface Match {
  name: RouteName;
  /** The number in the address, 0 where it has none. */
  id: number;
}

/** Finds the page of an address; undefined where there is none. */
export function match(pathname: string): Match | undefined {
  for (const { name, path } of routes) {
    if (path === pathname) return { name, id: 0 };
    const base = path.replace('/:id', '/');
    if (base === path || !pathname.startsWith(base)) continue;
    const id = pathname.slice(base.length);
    if (/^[1-9]\d{0,15}$/.test(id)) return { name, id: Number(id) };
  }
  return undefined;
}

/** Lets only pages of this application be returned to: a path, and nothing that a browser takes for another host. */
export function safeReturn(to: string | null): string {
  return to && to.startsWith('/') && match(to.split(/[?#]/)[0] ?? '') ? to : '/scenarios';
}
