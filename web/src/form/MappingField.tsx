import { useId, useRef, useState, type ReactNode } from 'react';
import { Braces, Code } from 'lucide-react';
import { useText } from '../text/text';
import { tell } from '../parts/problem';
import { FieldFrame } from './FieldFrame';
import { useMapping } from './mapping';
import { isIncomplete } from './incomplete';
import { mistakeText } from './mistake';
import { MappingInput, type MappingInputHandle } from './MappingInput';
import { Preview } from './Preview';
import type { Known } from './suggest';
import { isMapped } from './template';
import { useInside } from './useInside';
import { usePreview } from './usePreview';

export interface MappingFieldProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  help?: string;
  error?: string;
  isRequired?: boolean;
  isMultiline?: boolean;
  /** The label is for screen readers only: something beside it says the same. */
  isLabelHidden?: boolean;
  placeholder?: string;
  /** Values that the app knows, offered where nothing is mapped yet. */
  known?: Known;
  /** Stands at the end of the label. */
  actions?: ReactNode;
  /** Stands at the end of the field. */
  tools?: ReactNode;
}

/** A text field in which fields of earlier modules, functions and texts may stand, with what it comes to. */
export function MappingField(props: MappingFieldProps) {
  const { label, text, onChange, help, error, isRequired, isMultiline, isLabelHidden, placeholder, known } = props;
  const { actions, tools } = props;
  const speaker = useText();
  const { t, told } = speaker;
  const mapping = useMapping();
  const input = useRef<MappingInputHandle>(null);
  const id = useId();
  const [isRaw, setRaw] = useState(false);
  const preview = usePreview(text);
  const box = useRef<HTMLDivElement>(null);
  const isInside = useInside(box);
  const mistake = isMapped(text) ? preview.result?.error : undefined;
  // Whoever is still writing is not told off for what is still to come.
  const isUnfinished = mistake !== undefined && isInside && isIncomplete(text);
  const said = mistake && !isUnfinished ? mistakeText(mistake, text, speaker) : undefined;
  const problem = said ?? (isUnfinished ? undefined : error);
  const hint = isUnfinished ? t(text.includes('(') ? 'form.unfinished' : 'form.unfinished.value') : undefined;
  const description = [problem, hint, help].filter(Boolean).join(' ');
  return (
    <FieldFrame
      id={id}
      label={label}
      isLabelHidden={isLabelHidden}
      isRequired={isRequired}
      help={help}
      error={problem}
      actions={actions}
      onLabel={() => input.current?.target.focus()}
      isMapping
      keepsRoom={!isMapped(text)} // else what it comes to stands there
    >
      <div ref={box} className={problem ? 'mapping-box wrong-box' : 'mapping-box'} data-mapping>
        <MappingInput
          ref={input}
          label={label}
          text={text}
          onChange={(next) => next !== text && onChange(next)}
          isMultiline={isMultiline}
          isRequired={isRequired}
          placeholder={placeholder}
          known={known}
          isRaw={isRaw}
          mistakeColumn={isUnfinished ? undefined : mistake?.column}
          description={description}
          isWrong={problem !== undefined}
        />
        {!mapping.readOnly && (
          <div className="mapping-tools">
            {isMapped(text) && (
              <button
                type="button"
                className="icon-button small"
                aria-pressed={isRaw}
                aria-label={t('form.raw', { field: label })}
                title={t('form.raw.title')}
                onClick={() => setRaw(!isRaw)}
              >
                <Code aria-hidden />
              </button>
            )}
            {tools}
            <button
              type="button"
              className="icon-button small"
              aria-label={t('form.browse', { field: label })}
              title={t('form.browse.title')}
              onClick={() => input.current && mapping.browse(input.current.target)}
            >
              <Braces aria-hidden />
            </button>
          </div>
        )}
      </div>
      {hint && (
        <p className="preview soft" role="status">
          {hint}
        </p>
      )}
      {!mistake && <Preview state={preview} error={preview.error ? tell(preview.error, t, told).message : undefined} />}
    </FieldFrame>
  );
}
