import { useState, type FocusEvent, type ReactNode } from 'react';
import { useReleased } from '../parts/held';
import { useText } from '../text/text';

/** What a field needs to say which texts describe it. */
export function describedBy(id: string, { help, error }: { help?: string; error?: string }): string | undefined {
  return [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
}

/**
 * The error that was told last, as long as the field has the focus: its line stays empty when it goes, so that what stands below does
 * not move under the pointer of who is about to click there.
 */
function useRoom(error: string | undefined) {
  const [isInside, setInside] = useState(false);
  const [last, setLast] = useState(error);
  const released = useReleased();
  if (error !== last && (error || !isInside)) setLast(error);
  const onFocus = () => setInside(true);
  const onBlur = (e: FocusEvent<HTMLElement>) => {
    if (!e.currentTarget.contains(e.relatedTarget)) released(() => setInside(false));
  };
  return { kept: error ? undefined : last, onFocus, onBlur };
}

/** A field with its label, help and what is wrong with it. */
export function FieldFrame({
  id,
  label,
  isLabelHidden = false,
  isRequired = false,
  help,
  error,
  actions,
  onLabel,
  isMapping = false,
  isGroup = false,
  keepsRoom = true,
  children,
}: {
  id: string;
  label: string;
  isLabelHidden?: boolean;
  isRequired?: boolean;
  help?: string;
  error?: string;
  actions?: ReactNode;
  /** Takes the focus to a field that no label can name. */
  onLabel?: () => void;
  isMapping?: boolean;
  /** Holds several controls: its label names the group. */
  isGroup?: boolean;
  /** Whether the line of an error stays when it goes, until the field is left. */
  keepsRoom?: boolean;
  children: ReactNode;
}) {
  const { t } = useText();
  const mark = isRequired && (
    <span className="required-mark" title={t('form.required')} aria-hidden>
      *
    </span>
  );
  const text = (
    <>
      {label}
      {mark}
    </>
  );
  const room = useRoom(error);
  return (
    <div
      className="form-field"
      onFocus={room.onFocus}
      onBlur={room.onBlur}
      role={isGroup ? 'group' : undefined}
      aria-labelledby={isGroup ? `${id}-label` : undefined}
      aria-describedby={isGroup ? describedBy(id, { help, error }) : undefined}
    >
      {(!isLabelHidden || actions) && (
        <div className="form-field-head">
          {isLabelHidden ? (
            <span />
          ) : isMapping || isGroup ? (
            // The editor has its label in itself; this one is for eyes and mice.
            <span id={`${id}-label`} className="label" aria-hidden={isMapping || undefined} onClick={onLabel}>
              {text}
            </span>
          ) : (
            <label htmlFor={id} className="label">
              {text}
            </label>
          )}
          {actions}
        </div>
      )}
      {children}
      {error && (
        <p id={`${id}-error`} className="field-error">
          {error}
        </p>
      )}
      {keepsRoom && room.kept && (
        <p className="field-error kept" aria-hidden>
          {room.kept}
        </p>
      )}
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}
