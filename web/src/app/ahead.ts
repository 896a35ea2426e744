import { languagePlace } from '../api/definitions';
import { askEarly } from '../api/early';
import type { Me, Page, Scenario, Team } from '../api/types';
import { isArea, load } from './areas';
import type { Match } from './routes';

/** Where the browser remembers the team that was looked at last. */
export const teamPlace = 'ropeway.team';

/** Who is signed in, with the teams. */
export interface Known {
  me: Me;
  teams: Page<Team>;
}

/** Reads what was asked for early without taking it from whoever asks next. */
async function read<T>(answer: Promise<Response>): Promise<T | undefined> {
  const copy = await answer.then((a) => (a.ok ? a.clone() : undefined)).catch(() => undefined);
  return copy && ((await copy.json()) as T);
}

/** Asks for what the page begins with, as the page itself would. */
async function askForContent({ name, id }: Match, team: Promise<number>) {
  if (name === 'scenario') {
    const scenario = await read<Scenario>(askEarly(`/scenarios/${id}`));
    if (scenario) void askEarly(`/scenarios/${id}/versions/${scenario.version}`);
  }
  if (name === 'scenarios' && (await team)) void askEarly('/scenarios', { team: await team, limit: 200 });
}

/**
 * Begins with everything that a page needs at once, before the application itself is loaded: who is signed in, the script of the page, and
 * its content. Else each of them would wait for the one before.
 */
export async function begin(found: Match | undefined): Promise<Known | undefined> {
  if (!found || !isArea(found.name)) return undefined;
  const content = load(found.name).catch(() => undefined); // the page tries it again, and says why it cannot
  const signedIn = read<Me>(askEarly('/me'));
  const listed = read<Page<Team>>(askEarly('/teams'));
  const language = localStorage.getItem(languagePlace);
  if (language && (found.name === 'scenario' || found.name === 'scenarios')) void askEarly('/apps', { language });
  const remembered = Number(localStorage.getItem(teamPlace));
  const team = remembered ? Promise.resolve(remembered) : listed.then((teams) => teams?.items[0]?.id ?? 0);
  void askForContent(found, team);
  const [me, teams] = await Promise.all([signedIn, listed, content]);
  return me && teams && { me, teams };
}
