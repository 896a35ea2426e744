interface DayChoiceProps {
  label: string;
  names: [number, string][];
  chosen: number[];
  onChange: (next: number[]) => void;
}

/** Chooses days or months, several of them. */
export function DayChoice({ label, names, chosen, onChange }: DayChoiceProps) {
  return (
    <fieldset className="day-choice">
      <legend className="label">{label}</legend>
      {names.map(([value, name]) => (
        <label key={value}>
          <input
            type="checkbox"
            checked={chosen.includes(value)}
            onChange={(e) =>
              onChange(e.target.checked ? [...chosen, value].sort((a, b) => a - b) : chosen.filter((v) => v !== value))
            }
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
