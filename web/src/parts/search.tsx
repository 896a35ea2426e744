import { useId } from 'react';
import { Search } from 'lucide-react';

interface SearchBoxProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
}

/** A field that filters what is listed below it. Its label is what it says while it is empty. */
export function SearchBox({ label, value, onChange }: SearchBoxProps) {
  const id = useId();
  return (
    <div className="search-box">
      <label className="hidden" htmlFor={id}>
        {label}
      </label>
      <Search aria-hidden />
      <input
        id={id}
        type="search"
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(e) => onChange(e.target.value)}
      />
    </div>
  );
}
