import { useId } from 'react';
import type { Connection } from '../api/types';
import { ConnectionForm } from '../parts/connection-form';
import { useText } from '../text/text';
import { useForm } from './formContext';

interface PanelProps {
  app: string;
  appLabel: string;
  /** The only kind of connection that counts. */
  type?: string;
  /** The connection that is changed; without one a new one is made. */
  connection?: Connection;
  onDone: (connection: Connection) => void;
  onCancel: () => void;
}

/** The form of a connection, in the place where one is needed. */
export function ConnectionPanel({ app, appLabel, type, connection, onDone, onCancel }: PanelProps) {
  const { t } = useText();
  const { team } = useForm();
  const id = useId();
  return (
    <section
      className="inner-panel"
      aria-labelledby={id}
      onKeyDown={(e) => {
        if (e.key !== 'Escape') return;
        e.stopPropagation();
        onCancel();
      }}
    >
      <h3 id={id}>
        {connection
          ? t('form.connection.again', { name: connection.name })
          : t('form.connection.new', { app: appLabel })}
      </h3>
      <ConnectionForm app={app} type={type} team={team} connection={connection} onDone={onDone} onCancel={onCancel} />
    </section>
  );
}
