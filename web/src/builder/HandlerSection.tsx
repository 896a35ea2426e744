import { Plus } from 'lucide-react';
import { addHandler } from '../blueprint/edits';
import { directiveNode, directiveOf } from '../blueprint/make';
import { directives, handlerOf, type Directive } from '../blueprint/tree';
import type { Node } from '../blueprint/types';
import { Button } from '../parts/basics';
import { useText, type Key } from '../text/text';
import { useBuilder } from './builder';

const words: Record<Directive, [Key, Key]> = {
  Ignore: ['builder.handler.ignore', 'builder.handler.ignore.help'],
  Resume: ['builder.handler.resume', 'builder.handler.resume.help'],
  Break: ['builder.handler.break', 'builder.handler.break.help'],
  Commit: ['builder.handler.commit', 'builder.handler.commit.help'],
  Rollback: ['builder.handler.rollback', 'builder.handler.rollback.help'],
};

/** What happens when the module fails: one choice, and what is to be done before. */
export function HandlerSection({ node }: { node: Node }) {
  const { edit, add, select, labels, readOnly } = useBuilder();
  const { t } = useText();
  const handler = handlerOf(node);
  const last = handler.at(-1);
  const now = last && directiveOf(last);
  return (
    <details className="fold" open={handler.length > 0}>
      <summary>{t('builder.handler.title')}</summary>
      <p className="help">{t(handler.length > 0 ? 'builder.handler.some' : 'builder.handler.none')}</p>
      <fieldset className="handler-choices" disabled={readOnly}>
        <legend className="hidden">{t('builder.handler.title')}</legend>
        {directives.map((d) => (
          <label key={d} className="handler-choice">
            <input
              type="radio"
              name={`handler-${node.id}`}
              checked={now === d}
              onChange={() => edit((b) => addHandler(b, node.id, directiveNode(b, d)))}
            />
            <span>
              <span className="label">{t(words[d][0])}</span>
              <span className="help">{t(words[d][1])}</span>
            </span>
          </label>
        ))}
      </fieldset>
      {handler.length > 0 && (
        <ol className="links">
          {handler.map((n) => (
            <li key={n.id}>
              <button type="button" className="button quiet" onClick={() => select([n.id])}>
                {labels.full(n)}
              </button>
            </li>
          ))}
        </ol>
      )}
      {!readOnly && (
        <Button icon={<Plus aria-hidden />} onClick={() => add({ at: 'error', module: node.id })}>
          {t('builder.handler.add')}
        </Button>
      )}
    </details>
  );
}
