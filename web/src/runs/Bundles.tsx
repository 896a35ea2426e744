import { useMemo } from 'react';
import { useText } from '../text/text';
import { isBranch } from './values';
import { ValueView } from './ValueView';

const isModule = (name: string) => /^\d+$/.test(name);

/** The bundles among what an incomplete execution keeps: its fields that are module numbers. */
export function bundlesOf(kept: unknown): Record<string, unknown> {
  return isBranch(kept) ? Object.fromEntries(Object.entries(kept).filter(([name]) => isModule(name))) : {};
}

/** Puts edited bundles among what else is kept. */
export function withBundles(kept: unknown, bundles: Record<string, unknown>): Record<string, unknown> {
  const others = isBranch(kept) ? Object.entries(kept).filter(([name]) => !isModule(name)) : [];
  return { ...Object.fromEntries(others), ...bundles };
}

/** What the module can see, under the names of the modules that gave it. */
export function Bundles({ bundles, id, name }: { bundles: unknown; id: number; name: (module: number) => string }) {
  const { t } = useText();
  const shown = useMemo(
    () => Object.fromEntries(Object.entries(bundlesOf(bundles)).map(([n, b]) => [`${n} · ${name(Number(n))}`, b])),
    [bundles, name],
  );
  return (
    <section className="card">
      <h2>{t('runs.bundles.kept')}</h2>
      <ValueView value={shown} name={`incomplete-${id}`} />
    </section>
  );
}
