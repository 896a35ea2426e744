import * as braces from 'lucide-react/icons/braces';
import * as codeXml from 'lucide-react/icons/code-xml';
import * as database from 'lucide-react/icons/database';
import * as globe from 'lucide-react/icons/globe';
import * as hash from 'lucide-react/icons/hash';
import * as mail from 'lucide-react/icons/mail';
import * as messageCircle from 'lucide-react/icons/message-circle';
import * as sheet from 'lucide-react/icons/sheet';
import * as split from 'lucide-react/icons/split';
import * as textSearch from 'lucide-react/icons/text-search';
import * as webhook from 'lucide-react/icons/webhook';
import * as workflow from 'lucide-react/icons/workflow';
import * as wrench from 'lucide-react/icons/wrench';
import type { App } from '../api/types';
import { lettersOf, toneClass } from './apps';

/** Each module of an icon has its shapes beside the component that draws them. */
const shapes: Record<string, object> = {
  braces,
  'code-xml': codeXml,
  database,
  globe,
  hash,
  mail,
  'message-circle': messageCircle,
  sheet,
  split,
  'text-search': textSearch,
  webhook,
  workflow,
  wrench,
};

type Shape = [tag: string, attributes: Record<string, string>];

function write([tag, attributes]: Shape): string {
  const known = Object.entries(attributes).filter(([name]) => name !== 'key');
  const words = known.map(([name, value]) => ` ${name}="${value}"`);
  return `<${tag}${words.join('')}/>`;
}

const pictures = new Map(
  Object.entries(shapes).map(([name, icon]) => {
    const { node } = (icon as { __iconData: { node: Shape[] } }).__iconData;
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round" ' +
      `stroke-linejoin="round">${node.map(write).join('')}</svg>`;
    return [name, `data:image/svg+xml,${encodeURIComponent(svg)}`];
  }),
);

/** The icon as an address of an image; undefined where there is none of this name. */
export function pictureOf(icon: string | undefined): string | undefined {
  return pictures.get(icon ?? '');
}

/** The tile of an app as AppIcon shows it, with its icon as an image: of hundreds on one page, each drawing in the page itself is dear. */
export function AppPicture({ app, look }: { app: string; look: App | undefined }) {
  const picture = pictureOf(look?.icon);
  return (
    <span
      className={`app-icon ${toneClass(app)}`}
      style={look?.color ? { background: look.color } : undefined}
      data-letters={picture ? undefined : lettersOf(app)}
      aria-hidden
    >
      {picture && <img src={picture} alt="" draggable={false} />}
    </span>
  );
}
