import { withoutKey } from './tree';
import type { Blueprint } from './types';

/** The settings that stand in the blueprint, with the names that they have there. */
export interface Settings {
  roundtrips: number;
  maxErrors: number;
  autoCommit: boolean;
  autoCommitTriggerLast: boolean;
  sequential: boolean;
  confidential: boolean;
  dlq: boolean;
  dataloss: boolean;
}

/** Settings that only Ropeway has. */
export interface OwnSettings {
  bundlesAtOnce: number;
  orderKey: string;
  timezone: string;
}

const usual: Settings = {
  roundtrips: 1,
  maxErrors: 3,
  autoCommit: true,
  autoCommitTriggerLast: true,
  sequential: false,
  confidential: false,
  dlq: false,
  dataloss: false,
};

function inside(b: Blueprint, name: string): Record<string, unknown> {
  const part = b.metadata?.[name];
  return typeof part === 'object' && part !== null ? (part as Record<string, unknown>) : {};
}

export function settingsOf(b: Blueprint): Settings {
  const given = Object.entries(inside(b, 'scenario')).filter(([, v]) => v !== null && v !== undefined);
  return { ...usual, ...Object.fromEntries(given) };
}

export function ownSettingsOf(b: Blueprint): OwnSettings {
  const own = inside(b, 'ropeway');
  return {
    bundlesAtOnce: Number(own.bundlesAtOnce) || 1,
    orderKey: typeof own.orderKey === 'string' ? own.orderKey : '',
    timezone: typeof own.timezone === 'string' ? own.timezone : '',
  };
}

export function setSetting<K extends keyof Settings>(b: Blueprint, key: K, value: Settings[K]): Blueprint {
  return { ...b, metadata: { ...b.metadata, scenario: { ...inside(b, 'scenario'), [key]: value } } };
}

/** Changes a setting of our own; one that says what holds anyway is left away. */
export function setOwnSetting<K extends keyof OwnSettings>(b: Blueprint, key: K, value: OwnSettings[K]): Blueprint {
  const rest = withoutKey(inside(b, 'ropeway'), key);
  const own = value === '' || value === 1 ? rest : { ...rest, [key]: value };
  if (Object.keys(own).length > 0) return { ...b, metadata: { ...b.metadata, ropeway: own } };
  return { ...b, metadata: withoutKey(b.metadata ?? {}, 'ropeway') };
}
