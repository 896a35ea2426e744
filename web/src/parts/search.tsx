import { useId } from 'react';
import { Search } from 'lucide-react';

/** A field that filters what stands below it. */
export function SearchField({
  value,
  onChange,
  label,
}: {
  value: string;
  onChange: (value: string) => void;
  label: string;
}) {
  const id = useId();
  return (
    <div className="search-field" role="search">
      <Search aria-hidden />
      <label className="hidden" htmlFor={id}>
        {label}
      </label>
      <input id={id} type="search" placeholder={label} value={value} onChange={(e) => onChange(e.target.value)} />
    </div>
  );
}
