import { useText } from '../text/text';
import { originText, weakest } from './origin';
import { sampleText, typeOf } from './tree';
import type { PreviewState } from './usePreview';

const mostCharacters = 160;

/** What a template comes to with the samples of the modules before. */
export function Preview({ state, error }: { state: PreviewState; error?: string }) {
  const speaker = useText();
  const { t } = speaker;
  const { result, without, from } = state;
  if (error) return <p className="preview soft">{error}</p>;
  const [first] = without;
  if (first) {
    return <p className="preview soft">{t('form.preview.no-sample', { module: `${first.id} · ${first.label}` })}</p>;
  }
  if (!result || result.error) return null;
  const source = weakest(from);
  const origin = source && originText(source, speaker);
  const text = result.text === '' ? '' : sampleText(result.text, mostCharacters);
  const type = result.type === 'collection' || result.type === 'array' ? result.type : typeOf(result.value);
  return (
    <p className="preview" aria-live="polite">
      <span className="preview-sign" aria-hidden>
        =
      </span>{' '}
      <span className="hidden">{t('form.preview')}</span>
      {text ? <span className="preview-text">{text}</span> : <em>{t('form.preview.nothing')}</em>}
      {text && type !== 'text' && type !== 'any' && (
        <span className="preview-type">{t(`form.type.${familyKey(type)}`)}</span>
      )}
      {origin && <span className="preview-origin">{origin}</span>}
    </p>
  );
}

const shownTypes = ['number', 'boolean', 'date', 'array', 'collection'] as const;

function familyKey(type: string): (typeof shownTypes)[number] | 'text' {
  return shownTypes.find((s) => s === type) ?? 'text';
}
