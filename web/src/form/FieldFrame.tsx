import type { ReactNode } from 'react';
import { useText } from '../text/text';

/** What a field needs to say which texts describe it. */
export function describedBy(id: string, { help, error }: { help?: string; error?: string }): string | undefined {
  return [help && `${id}-help`, error && `${id}-error`].filter(Boolean).join(' ') || undefined;
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
  return (
    <div
      className="form-field"
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
      {help && (
        <p id={`${id}-help`} className="help">
          {help}
        </p>
      )}
    </div>
  );
}
