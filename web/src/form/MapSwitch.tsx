import { useState } from 'react';
import { useText } from '../text/text';
import { isMapped } from './template';

/**
 * Whether a field is mapped in place of chosen, with what it was before, so that switching there and back loses nothing. isFirst says
 * that it is mapped unless somebody switches.
 */
export function useMapSwitch(value: unknown, isTyped: boolean, set: (value: unknown) => void, isFirst = false) {
  const [wants, setWants] = useState(isFirst);
  const [kept, setKept] = useState<{ mapped?: unknown; chosen?: unknown }>({});
  const isOn = wants || isMapped(value) || isTyped;
  const toggle = () => {
    setKept({ ...kept, [isOn ? 'mapped' : 'chosen']: value });
    setWants(!isOn);
    set(isOn ? kept.chosen : kept.mapped);
  };
  return { isOn, toggle };
}

/** The switch beside the label of a field from which one chooses. */
export function MapSwitch({ label, isOn, onToggle }: { label: string; isOn: boolean; onToggle: () => void }) {
  const { t } = useText();
  return (
    <label className="map-switch" title={t('form.map.title')}>
      <span aria-hidden>{t('form.map')}</span>
      <input
        type="checkbox"
        role="switch"
        className="switch"
        checked={isOn}
        aria-label={t('form.map.field', { field: label })}
        onChange={onToggle}
      />
    </label>
  );
}
