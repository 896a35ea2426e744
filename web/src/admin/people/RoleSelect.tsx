import { useText } from '../../text/text';
import { roleHelp, roleWord } from '../rights';

interface RoleSelectProps {
  of: 'organization' | 'team';
  roles: readonly string[];
  label: string;
  role: string;
  disabled?: boolean;
  onChange: (role: string) => void;
}

export function RoleSelect({ of, roles, label, role, disabled, onChange }: RoleSelectProps) {
  const { t } = useText();
  const known = roles.includes(role);
  return (
    <select aria-label={label} value={role} disabled={disabled} onChange={(e) => onChange(e.target.value)}>
      {!known && <option value={role}>{roleWord(of, role, t)}</option>}
      {roles.map((r) => (
        <option key={r} value={r}>
          {roleWord(of, r, t)}
        </option>
      ))}
    </select>
  );
}

/** What each role may do, in words. */
export function RolesExplained({ of, roles }: { of: 'organization' | 'team'; roles: readonly string[] }) {
  const { t } = useText();
  return (
    <details className="roles">
      <summary>{t('people.roles')}</summary>
      <dl>
        {roles.map((r) => (
          <div key={r}>
            <dt>{roleWord(of, r, t)}</dt>
            <dd>{roleHelp(of, r, t)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
