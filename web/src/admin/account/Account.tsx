import { useParameters } from '../../app/router';
import { useSession } from '../../app/session';
import { Page } from '../../parts/basics';
import { Views } from '../../parts/section';
import { useText, type Key } from '../../text/text';
import { Email } from './Email';
import { Memberships } from './Memberships';
import { Password } from './Password';
import { Profile } from './Profile';
import { Programs } from './Programs';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';
import { Tokens } from './Tokens';
import '../admin.css';

const views: { name: string; text: Key }[] = [
  { name: '', text: 'me.view.profile' },
  { name: 'signing-in', text: 'me.view.signing-in' },
  { name: 'programs', text: 'me.view.programs' },
];

/** Everything about who has signed in. */
export function Account() {
  const { t } = useText();
  const { me } = useSession();
  const [parameters] = useParameters();
  const chosen = parameters.get('view') ?? '';
  return (
    <Page title={t('nav.account')} lead={me.user.email}>
      <Views
        label={t('nav.account')}
        views={views.map(({ name, text }) => ({
          href: name ? `/account?view=${name}` : '/account',
          text,
          current: name === chosen,
        }))}
      />
      {chosen === '' && (
        <>
          <Profile />
          <Memberships />
        </>
      )}
      {chosen === 'signing-in' && (
        <>
          <Email />
          <Password />
          <SecondFactor />
          <Sessions />
        </>
      )}
      {chosen === 'programs' && (
        <>
          <Tokens />
          <Programs />
        </>
      )}
    </Page>
  );
}
