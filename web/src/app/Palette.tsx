import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { Search } from 'lucide-react';
import { useText } from '../text/text';
import { useFound, type Goal } from './goals';

/** Jumps to a page, a scenario or an app by a part of its name. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const element = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const goals = useFound(text);
  const list = useId();
  const current = goals[Math.min(at, goals.length - 1)];
  useEffect(() => {
    element.current?.showModal();
  }, []);
  useEffect(() => {
    document.getElementById(`${list}-${at}`)?.scrollIntoView({ block: 'nearest' });
  }, [at, list]);
  const go = (goal: Goal | undefined) => {
    if (!goal) return;
    onClose();
    goal.go();
  };
  const press = (e: KeyboardEvent) => {
    const last = goals.length - 1;
    if (e.key === 'ArrowDown') setAt(at >= last ? 0 : at + 1);
    else if (e.key === 'ArrowUp') setAt(at <= 0 ? last : at - 1);
    else if (e.key === 'Enter') go(current);
    else return;
    e.preventDefault();
  };
  return (
    <dialog
      ref={element}
      className="palette"
      aria-label={t('palette.title')}
      onClose={onClose}
      onClick={(e) => e.target === element.current && onClose()}
    >
      <div className="palette-field">
        <Search aria-hidden />
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={list}
          aria-activedescendant={current ? `${list}-${goals.indexOf(current)}` : undefined}
          aria-label={t('palette.title')}
          placeholder={t('palette.placeholder')}
          autoComplete="off"
          spellCheck={false}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setAt(0);
          }}
          onKeyDown={press}
        />
        <kbd>Esc</kbd>
      </div>
      <Goals id={list} goals={goals} current={current} go={go} hover={setAt} />
      <p className="hidden" role="status">
        {t('palette.found', { n: goals.length })}
      </p>
    </dialog>
  );
}

interface GoalsProps {
  id: string;
  goals: Goal[];
  current: Goal | undefined;
  go: (goal: Goal) => void;
  hover: (at: number) => void;
}

function Goals({ id, goals, current, go, hover }: GoalsProps) {
  const { t } = useText();
  return (
    <div id={id} className="palette-list" role="listbox" aria-label={t('palette.results')} tabIndex={-1}>
      {goals.length === 0 && <p className="palette-none">{t('palette.none')}</p>}
      {goals.map((goal, i) => (
        <div
          key={goal.id}
          id={`${id}-${i}`}
          className="goal"
          role="option"
          aria-selected={goal === current}
          onMouseMove={() => goal !== current && hover(i)}
          onClick={() => go(goal)}
        >
          {goal.icon}
          <span className="goal-name">{goal.name}</span>
          <span className="soft">{goal.kind}</span>
        </div>
      ))}
    </div>
  );
}
