import type { Key, Speaker } from '../text/text';

const origins: Record<string, Key> = {
  webhook: 'runs.origin.webhook',
  schedule: 'runs.origin.schedule',
  hand: 'runs.origin.hand',
  replay: 'runs.origin.replay',
  retry: 'runs.origin.retry',
  rerun: 'runs.origin.rerun',
  scenario: 'runs.origin.scenario',
};

/** Says what started an execution. */
export function originText(origin: string, t: Speaker['t']): string {
  const key = origins[origin];
  return key ? t(key) : origin;
}
