import { useEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useText } from '../text/text';
import type { Statistics } from './Charts';

const height = 150;
const bars = uPlot.paths.bars?.({ size: [0.8, 40] });

interface Line {
  label: string;
  /** Name of the colour among those of the theme. */
  colour: string;
  values: (number | null)[];
  bars: boolean;
}

/** The charts. This file is loaded with the library when somebody wants to see them. */
export function Plots({ statistics: { buckets } }: { statistics: Statistics }) {
  const { t, duration } = useText();
  const times = useMemo(() => buckets.map((b) => new Date(b.at).getTime() / 1000), [buckets]);
  const ran = (n: number, b: (typeof buckets)[number]) => (b.success + b.warning + b.error + b.stopped > 0 ? n : null);
  // Each bar of a stack reaches from the ground; those that are drawn later stand before the longer ones.
  const stack: Line[] = [
    {
      label: t('status.success'),
      colour: '--good',
      bars: true,
      values: buckets.map((b) => b.success + b.stopped + b.warning + b.error),
    },
    {
      label: t('status.stopped'),
      colour: '--edge',
      bars: true,
      values: buckets.map((b) => b.stopped + b.warning + b.error),
    },
    { label: t('status.warning'), colour: '--warn', bars: true, values: buckets.map((b) => b.warning + b.error) },
    { label: t('status.error'), colour: '--bad', bars: true, values: buckets.map((b) => b.error) },
  ];
  const durations: Line[] = [
    {
      label: t('runs.charts.median'),
      colour: '--accent',
      bars: false,
      values: buckets.map((b) => ran(b.median_ms, b)),
    },
    { label: t('runs.charts.p95'), colour: '--tone-3', bars: false, values: buckets.map((b) => ran(b.p95_ms, b)) },
  ];
  const operations: Line[] = [
    { label: t('runs.operations'), colour: '--accent', bars: true, values: buckets.map((b) => b.operations) },
  ];
  return (
    <div className="plots">
      <Plot title={t('runs.charts.executions')} times={times} lines={stack} />
      <Plot title={t('runs.col.duration')} times={times} lines={durations} write={duration} />
      <Plot title={t('runs.operations')} times={times} lines={operations} />
    </div>
  );
}

interface PlotProps {
  title: string;
  times: number[];
  lines: Line[];
  write?: (n: number) => string;
}

function Plot({ title, times, lines, write }: PlotProps) {
  const box = useRef<HTMLDivElement>(null);
  const { zone, language } = useText();
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      // What a colour of the theme comes to is known where it is used.
      const colour = (name: string) => {
        element.style.color = `var(${name})`;
        return getComputedStyle(element).color;
      };
      const text = (n: number) => (write ? write(n) : n.toLocaleString(language, { notation: 'compact' }));
      const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short', timeZone: zone });
      const time = new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: zone });
      const isDay = (s: number) => day.format(s * 1000) !== day.format(s * 1000 - 1);
      const moments = (ticks: number[]) => ticks.map((s) => (isDay(s) ? day : time).format(s * 1000));
      const axis = { stroke: colour('--soft'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
      plot = new uPlot(
        {
          width: element.clientWidth,
          height,
          tzDate: (s) => (zone ? uPlot.tzDate(new Date(s * 1000), zone) : new Date(s * 1000)),
          legend: { show: false },
          cursor: { show: false },
          scales: { y: { range: (_, _low, high) => [0, Math.max(1, high * 1.1)] } },
          axes: [
            { ...axis, values: (_, ticks) => moments(ticks) },
            {
              ...axis,
              size: 58,
              values: (_, ticks) => ticks.map((n) => (Number.isInteger(n) || write ? text(n) : '')),
            },
          ],
          series: [
            {},
            ...lines.map(({ label, colour: name, bars: isBar }) => ({
              label,
              stroke: colour(name),
              width: isBar ? 0 : 2,
              points: { show: !isBar, size: 4 },
              spanGaps: true,
              ...(isBar && { fill: colour(name), ...(bars && { paths: bars }) }),
            })),
          ],
        },
        [times, ...lines.map((l) => l.values)],
        element,
      );
    };
    draw();
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const size = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height }));
    size.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      theme.disconnect();
      size.disconnect();
      plot?.destroy();
    };
  }, [times, lines, write, zone, language]);
  return (
    <figure className="plot">
      <figcaption>
        <b>{title}</b>
        {lines.length > 1 &&
          lines.map((l) => (
            <span key={l.label} className="plot-key">
              <span className="plot-swatch" style={{ background: `var(${l.colour})` }} />
              {l.label}
            </span>
          ))}
      </figcaption>
      <div ref={box} aria-hidden />
    </figure>
  );
}
