/** The addresses of the application. The server answers these and no others; a test of internal/web compares the two lists. */
export const routes = [
  { name: 'home', path: '/' },
  { name: 'setup', path: '/setup' },
  { name: 'sign-in', path: '/sign-in' },
  { name: 'join', path: '/join' },
  { name: 'reset', path: '/reset' },
  { name: 'email', path: '/email' },
  { name: 'scenarios', path: '/scenarios' },
  { name: 'new-scenario', path: '/scenarios/new' },
  { name: 'scenario', path: '/scenarios/:id' },
  { name: 'templates', path: '/templates' },
  { name: 'history', path: '/history' },
  { name: 'compare', path: '/history/compare' },
  { name: 'execution', path: '/history/:id' },
  { name: 'incompletes', path: '/incomplete' },
  { name: 'incomplete', path: '/incomplete/:id' },
  { name: 'connections', path: '/connections' },
  { name: 'webhooks', path: '/webhooks' },
  { name: 'webhook', path: '/webhooks/:id' },
  { name: 'datastores', path: '/datastores' },
  { name: 'datastore', path: '/datastores/:id' },
  { name: 'apps', path: '/apps' },
  { name: 'app', path: '/apps/:app' },
  { name: 'organization', path: '/organization' },
  { name: 'audit', path: '/audit' },
  { name: 'server', path: '/server' },
  { name: 'account', path: '/account' },
] as const;

export type RouteName = (typeof routes)[number]['name'];

export interface Match {
  name: RouteName;
  /** The number in the address, 0 where it has none. */
  id: number;
  /** The name in the address, '' where it has none. */
  text: string;
}

/** Finds the page of an address; undefined where there is none. */
export function match(pathname: string): Match | undefined {
  const whole = routes.find(({ path }) => path === pathname);
  if (whole) return { name: whole.name, id: 0, text: '' };
  for (const { name, path } of routes) {
    const [base = '', parameter] = path.split(':');
    if (!parameter || !pathname.startsWith(base)) continue;
    const rest = pathname.slice(base.length);
    if (parameter === 'id' && /^[1-9]\d{0,15}$/.test(rest)) return { name, id: Number(rest), text: '' };
    if (parameter !== 'id' && /^[\w-]+$/.test(rest)) return { name, id: 0, text: rest };
  }
  return undefined;
}

/** Lets only pages of this application be returned to: a path, and nothing that a browser takes for another host. */
export function safeReturn(to: string | null): string {
  return to && to.startsWith('/') && match(to.split(/[?#]/)[0] ?? '') ? to : '/scenarios';
}
