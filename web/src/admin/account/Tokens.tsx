import { useState } from 'react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { api } from '../../api/client';
import type { CreatedToken, Page, Token } from '../../api/types';
import { useSession } from '../../app/session';
import { Button, Loading, Moment } from '../../parts/basics';
import { Confirm } from '../../parts/confirm';
import { CopyBox } from '../../parts/copy';
import { ProblemBox } from '../../parts/problem';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';
import { purposeOf, rightWord } from '../rights';
import { NewToken } from './NewToken';

/** The API tokens of the user: made here, shown once, and taken back here. */
export function Tokens() {
  const { t } = useText();
  const client = useQueryClient();
  const tokens = useQuery({ queryKey: ['tokens'], queryFn: () => api.get<Page<Token>>('/me/tokens') });
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<CreatedToken>();
  const [dropped, setDropped] = useState<Token>();
  const refresh = () => client.invalidateQueries({ queryKey: ['tokens'] });
  const done = (token: CreatedToken) => {
    setMaking(false);
    setMade(token);
    void refresh();
  };
  const list = tokens.data?.items ?? [];
  return (
    <Section title={t('me.tokens')} lead={t('me.tokens.lead')}>
      {made && (
        <div className="panel stack" role="status">
          <CopyBox label={made.token.name} text={made.secret} help={t('me.tokens.once')} />
          <div>
            <Button onClick={() => setMade(undefined)}>{t('me.tokens.kept')}</Button>
          </div>
        </div>
      )}
      {making ? (
        <NewToken onDone={done} onCancel={() => setMaking(false)} />
      ) : (
        <div>
          <Button icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
            {t('me.tokens.new')}
          </Button>
        </div>
      )}
      {tokens.isPending && <Loading />}
      <ProblemBox error={tokens.error} retry={() => void tokens.refetch()} />
      <ul className="rows">
        {list.map((token) => (
          <TokenRow key={token.id} token={token} drop={() => setDropped(token)} />
        ))}
      </ul>
      {dropped && (
        <Confirm
          title={t('me.tokens.delete.title', { name: dropped.name })}
          confirm={t('common.delete')}
          act={() => api.delete(`/me/tokens/${dropped.id}`).then(refresh)}
          onClose={() => setDropped(undefined)}
        >
          <p>{t('me.tokens.delete.lead')}</p>
        </Confirm>
      )}
    </Section>
  );
}

function TokenRow({ token, drop }: { token: Token; drop: () => void }) {
  const { t } = useText();
  const { teams } = useSession();
  const purpose = purposeOf(token.scopes);
  const team = teams.find((x) => x.id === token.team);
  const expired = token.expires && new Date(token.expires) < new Date();
  return (
    <li>
      <KeyRound aria-hidden />
      <div className="row-text">
        <span className="row-name">{token.name}</span>
        <span className="soft">
          {purpose ? t(`me.purpose.${purpose}`) : token.scopes.map((s) => rightWord(s, t)).join(', ')}
          {' · '}
          {token.team ? (team?.name ?? t('nav.team')) : t('me.tokens.all-teams')}
        </span>
        <span className="soft">
          {token.used ? t('me.tokens.used') : t('me.tokens.unused')} <Moment at={token.used} />
          {' · '}
          {t(expired ? 'me.tokens.expired' : token.expires ? 'me.tokens.expires' : 'me.tokens.never')}{' '}
          <Moment at={token.expires} />
        </span>
      </div>
      <Button look="danger" aria-label={t('me.tokens.delete.one', { name: token.name })} onClick={drop}>
        {t('common.delete')}
      </Button>
    </li>
  );
}
