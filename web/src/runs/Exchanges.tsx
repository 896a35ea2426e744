import { useState } from 'react';
import { readable } from '../parts/value';
import { useText } from '../text/text';
import type { Exchange, Message } from './calls';
import { CopyIcon, ValueView } from './ValueView';
import { Braces } from 'lucide-react';

/** The calls of an operation, one after the other; several are chosen from. */
export function Exchanges({ list, name }: { list: Exchange[]; name: string }) {
  const { t, duration } = useText();
  const [at, setAt] = useState(0);
  const chosen = list[at];
  if (!chosen) return null;
  return (
    <div className="stack">
      {list.length > 1 && (
        <select aria-label={t('runs.exchange')} value={at} onChange={(e) => setAt(Number(e.target.value))}>
          {list.map((x, i) => (
            <option key={i} value={i}>
              {i + 1}. {x.request.method} {x.request.url} → {x.response?.status ?? x.error ?? ''}
            </option>
          ))}
        </select>
      )}
      <MessageView key={`q${at}`} title={t('runs.request')} message={chosen.request} file={`${name}-request`} />
      {chosen.redirects && chosen.redirects.length > 0 && (
        <p className="soft">{t('runs.redirects', { to: chosen.redirects.join(' → ') })}</p>
      )}
      {chosen.error && <p className="note warn">{chosen.error}</p>}
      {chosen.response && (
        <MessageView
          key={`a${at}`}
          title={t('runs.response')}
          aside={chosen.duration_ms === undefined ? undefined : duration(chosen.duration_ms)}
          message={chosen.response}
          file={`${name}-response`}
        />
      )}
    </div>
  );
}

interface MessageViewProps {
  title: string;
  aside?: string;
  message: Message & { status?: number };
  file?: string;
}

/** A request or a response. Secrets in it were taken out when it was written down. */
export function MessageView({ title, aside, message, file = 'message' }: MessageViewProps) {
  const { t } = useText();
  const headers = Object.entries(message.headers ?? {});
  return (
    <section className="message">
      <header>
        <h3>{title}</h3>
        {message.status !== undefined && (
          <span className={`http-status ${message.status < 400 ? 'good' : 'bad'}`}>{message.status}</span>
        )}
        {message.method && (
          <code className="message-line">
            <b>{message.method}</b> {message.url}
          </code>
        )}
        {aside && <span className="soft">{aside}</span>}
        <CopyIcon
          text={() => JSON.stringify(message, null, 2)}
          label={t('runs.value.copy-json')}
          icon={<Braces aria-hidden />}
        />
      </header>
      {headers.length > 0 && (
        <details>
          <summary>{t('runs.headers', { n: headers.length })}</summary>
          <dl className="headers">
            {headers.map(([header, v]) => (
              <div key={header}>
                <dt>{header}</dt>
                <dd>{Array.isArray(v) ? v.join(', ') : v}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <Body body={message.body} file={file} />
    </section>
  );
}

function Body({ body, file }: { body: Message['body']; file: string }) {
  const { t } = useText();
  const text = typeof body === 'object' ? body.text : body;
  if (!text) return <p className="soft">{typeof body === 'object' && body.note ? body.note : t('runs.body.none')}</p>;
  const value = readable(text);
  return (
    <>
      {typeof body === 'object' && body.note && <p className="note">{body.note}</p>}
      {typeof value === 'object' && value !== null ? (
        <ValueView value={value} name={file} />
      ) : (
        <pre className="body-text" tabIndex={0}>
          {text}
        </pre>
      )}
    </>
  );
}
