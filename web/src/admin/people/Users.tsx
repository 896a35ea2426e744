import { useState } from 'react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { api } from '../../api/client';
import { useList } from '../../api/lists';
import type { components } from '../../api/schema';
import type { User } from '../../api/types';
import { Initials } from '../../app/Sidebar';
import { useSession } from '../../app/session';
import { Button, Loading, Moment, More, TextField } from '../../parts/basics';
import { CopyBox } from '../../parts/copy';
import { formValues } from '../../parts/form';
import { fieldError, ProblemBox } from '../../parts/problem';
import { useText } from '../../text/text';

type Created = components['schemas']['CreatedUser'];

/** Everybody who may sign in to this installation, for its administrators. */
export function Users() {
  const { t } = useText();
  const users = useList<User>('users', '/users');
  const [making, setMaking] = useState(false);
  return (
    <div className="stack">
      <div className="row spread">
        <p className="soft">{t('users.lead')}</p>
        {!making && (
          <Button icon={<Plus aria-hidden />} onClick={() => setMaking(true)}>
            {t('users.new')}
          </Button>
        )}
      </div>
      {making && <NewUser onClose={() => setMaking(false)} />}
      {users.isPending && <Loading />}
      <ProblemBox error={users.error} retry={() => void users.refetch()} />
      {users.items && (
        <div className="table-box" tabIndex={0} role="region" aria-label={t('people.view.users')}>
          <table className="table members">
            <thead>
              <tr>
                <th scope="col">{t('common.name')}</th>
                <th scope="col">{t('users.may-sign-in')}</th>
                <th scope="col">{t('users.administrator')}</th>
                <th scope="col">{t('people.two-factor')}</th>
                <th scope="col">{t('people.signed-in')}</th>
              </tr>
            </thead>
            <tbody>
              {users.items.map((user) => (
                <UserRow key={user.id} user={user} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <More list={users} />
      <p className="help">{t('users.reset')}</p>
      <pre className="command">{'ropeway user reset EMAIL'}</pre>
    </div>
  );
}

function UserRow({ user }: { user: User }) {
  const { t } = useText();
  const { me } = useSession();
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (x: { disabled?: boolean; administrator?: boolean }) =>
      api.patch(`/users/${user.id}`, x, user.revision),
    onSettled: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  return (
    <tr>
      <td>
        <div className="person">
          <Initials name={user.name} />
          <div className="row-text">
            <span>
              <span className="row-name">{user.name}</span>{' '}
              {user.id === me.user.id && <span className="tag">{t('people.you')}</span>}
            </span>
            <span className="soft">{user.email}</span>
          </div>
        </div>
        <ProblemBox error={change.error} />
      </td>
      <td>
        <input
          type="checkbox"
          role="switch"
          className="switch"
          aria-label={t('users.may-sign-in.one', { name: user.name })}
          checked={!user.disabled}
          disabled={change.isPending}
          onChange={(e) => change.mutate({ disabled: !e.target.checked })}
        />
      </td>
      <td>
        <input
          type="checkbox"
          role="switch"
          className="switch"
          aria-label={t('users.administrator.one', { name: user.name })}
          checked={user.administrator}
          disabled={change.isPending}
          onChange={(e) => change.mutate({ administrator: e.target.checked })}
        />
      </td>
      <td className="soft">{t(user.two_factor ? 'me.factor.on' : 'me.factor.off')}</td>
      <td className="soft">{user.signed_in ? <Moment at={user.signed_in} /> : t('people.never')}</td>
    </tr>
  );
}

function NewUser({ onClose }: { onClose: () => void }) {
  const { t, told } = useText();
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: ({ email, name }: Record<string, string>) => api.post<Created>('/users', { email, name }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['users'] }),
  });
  if (make.data) {
    const { link, user } = make.data;
    return (
      <div className="panel stack" role="status">
        {link ? (
          <CopyBox label={t('people.link', { email: user.email })} text={link} help={t('users.link.help')} />
        ) : (
          <p>{t('people.mailed', { email: user.email })}</p>
        )}
        <div>
          <Button onClick={onClose}>{t('common.done')}</Button>
        </div>
      </div>
    );
  }
  return (
    <form className="form panel" onSubmit={(e) => make.mutate(formValues(e))}>
      <p>{t('users.new.lead')}</p>
      <div className="pair">
        <TextField
          label={t('account.email')}
          name="email"
          type="email"
          autoComplete="off"
          autoFocus
          required
          error={fieldError(make.error, 'email', told)}
        />
        <TextField
          label={t('common.name')}
          name="name"
          autoComplete="off"
          required
          error={fieldError(make.error, 'name', told)}
        />
      </div>
      <ProblemBox error={make.error} fields={['email', 'name']} />
      <div className="row">
        <Button type="submit" look="primary" busy={make.isPending}>
          {t('users.new.do')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
      </div>
    </form>
  );
}
