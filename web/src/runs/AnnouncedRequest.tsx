import { useText } from '../text/text';
import { brief, isBranch } from './values';
import { ValueView } from './ValueView';

/** What a module was about to send, as it was announced before the call: the fields of the module, without secrets. */
export function AnnouncedRequest({ request, file }: { request: object; file: string }) {
  const { t } = useText();
  const { module, parameters, ...input } = request as Record<string, unknown>;
  const fields = isBranch(input.input) ? input.input : input;
  const { method, url } = fields as Record<string, unknown>;
  return (
    <div className="stack">
      <p>
        {typeof module === 'string' && <span className="tag mono">{module}</span>}{' '}
        {url !== undefined && (
          <code className="message-line">
            <b>{brief(method).toUpperCase()}</b> {brief(url)}
          </code>
        )}
      </p>
      {Object.keys(fields).length > 0 ? (
        <ValueView value={fields} name={file} />
      ) : (
        <p className="soft">{t('runs.body.none')}</p>
      )}
      {isBranch(parameters) && Object.keys(parameters).length > 0 && (
        <details className="parameters">
          <summary>{t('runs.parameters')}</summary>
          <ValueView value={parameters} name={`${file}-parameters`} />
        </details>
      )}
    </div>
  );
}
