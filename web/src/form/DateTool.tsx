import { useRef } from 'react';
import { CalendarDays } from 'lucide-react';
import { useText } from '../text/text';

/** Chooses a date from a calendar, for a field that takes text as well. */
export function DateTool({
  label,
  isTime,
  onChoose,
}: {
  label: string;
  isTime: boolean;
  onChoose: (text: string) => void;
}) {
  const { t } = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <span className="date-tool">
      <button
        type="button"
        className="icon-button small"
        aria-label={t('form.date', { field: label })}
        title={t('form.date.title')}
        onClick={() => input.current?.showPicker()}
      >
        <CalendarDays aria-hidden />
      </button>
      <input
        ref={input}
        type={isTime ? 'time' : 'datetime-local'}
        tabIndex={-1}
        aria-hidden
        onChange={(e) => e.target.value && onChoose(e.target.value)}
      />
    </span>
  );
}
