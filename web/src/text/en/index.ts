import { admin } from './admin';
import { apps } from './apps';
import { audit } from './audit';
import { builder } from './builder';
import { common } from './common';
import { data } from './data';
import { entry } from './entry';
import { form } from './form';
import { frame } from './frame';
import { me } from './me';
import { problems } from './problems';
import { runs } from './runs';
import { scenarios } from './scenarios';
import { structure } from './structure';

export const en = {
  ...common,
  ...entry,
  ...scenarios,
  ...builder,
  ...form,
  ...runs,
  ...data,
  ...admin,
  ...me,
  ...audit,
  ...apps,
  ...frame,
  ...structure,
  ...problems,
};
