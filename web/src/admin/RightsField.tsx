import { useText } from '../text/text';
import { rightWord } from './rights';

interface RightsFieldProps {
  label: string;
  rights: string[];
  chosen: string[];
  onChange: (rights: string[]) => void;
}

/** Chooses rights one by one. Whoever may change something may look at it, too. */
export function RightsField({ label, rights, chosen, onChange }: RightsFieldProps) {
  const { t } = useText();
  const toggle = (right: string, on: boolean) => {
    if (!on) return onChange(chosen.filter((r) => r !== right));
    const view = `${right.split('.')[0]}.view`;
    const added = rights.includes(view) ? [right, view] : [right];
    onChange(rights.filter((r) => chosen.includes(r) || added.includes(r)));
  };
  return (
    <fieldset className="rights">
      <legend className="label">{label}</legend>
      {rights.map((right) => (
        <label key={right} className="check">
          <input type="checkbox" checked={chosen.includes(right)} onChange={(e) => toggle(right, e.target.checked)} />
          {rightWord(right, t)}
        </label>
      ))}
    </fieldset>
  );
}
