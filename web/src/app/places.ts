import {
  Blocks,
  CircleDashed,
  Database,
  History,
  Plug,
  ScrollText,
  Server,
  Users,
  Webhook,
  Workflow,
  type LucideIcon,
} from 'lucide-react';
import type { Key } from '../text/text';
import type { Match, RouteName } from './routes';
import { useMay, useMayAnywhere } from './session';

export interface Place {
  href: string;
  text: Key;
  icon: LucideIcon;
  of: RouteName[];
  /** Shown to whoever has it, in the team or elsewhere. */
  right: string;
}

export interface PlaceGroup {
  text: Key;
  places: Place[];
}

/** What the bars of the frame need to know of the page. */
export interface FrameProps {
  found: Match | undefined;
  /** Incomplete executions that wait for somebody: "3", or "100+" where there are more than were counted. */
  waiting: Waiting;
  search: () => void;
}

export interface Waiting {
  number: number;
  text: string;
}

const work: Place[] = [
  {
    href: '/scenarios',
    text: 'nav.scenarios',
    icon: Workflow,
    of: ['scenarios', 'scenario', 'new-scenario', 'templates'],
    right: 'scenario.view',
  },
  {
    href: '/history',
    text: 'nav.history',
    icon: History,
    of: ['history', 'execution', 'compare'],
    right: 'execution.view',
  },
  {
    href: '/incomplete',
    text: 'nav.incomplete',
    icon: CircleDashed,
    of: ['incompletes', 'incomplete'],
    right: 'execution.view',
  },
];

const data: Place[] = [
  { href: '/connections', text: 'nav.connections', icon: Plug, of: ['connections'], right: 'connection.view' },
  { href: '/webhooks', text: 'nav.webhooks', icon: Webhook, of: ['webhooks', 'webhook'], right: 'webhook.view' },
  {
    href: '/datastores',
    text: 'nav.datastores',
    icon: Database,
    of: ['datastores', 'datastore'],
    right: 'datastore.view',
  },
  { href: '/apps', text: 'nav.apps', icon: Blocks, of: ['apps', 'app'], right: '' },
];

const administration: Place[] = [
  { href: '/organization', text: 'nav.organization', icon: Users, of: ['organization'], right: 'organization.view' },
  { href: '/audit', text: 'nav.audit', icon: ScrollText, of: ['audit'], right: 'audit.view' },
  { href: '/server', text: 'nav.server', icon: Server, of: ['server'], right: 'installation.view' },
];

const groups: PlaceGroup[] = [
  { text: 'nav.group.work', places: work },
  { text: 'nav.group.data', places: data },
  { text: 'nav.group.administration', places: administration },
];

/** How many places stand in the bar of a phone; the others are behind "More". */
export const barPlaces = 4;

/** The places that the user may go to, in groups of which none is empty. */
export function usePlaces(): PlaceGroup[] {
  const may = useMay();
  const anywhere = useMayAnywhere();
  const open = (p: Place) => !p.right || may(p.right) || anywhere(p.right);
  return groups.map((g) => ({ ...g, places: g.places.filter(open) })).filter((g) => g.places.length > 0);
}
