import { CopyButton } from '../../parts/copy';
import { Section } from '../../parts/section';
import { useText } from '../../text/text';

/** A few lines of a terminal or a file, to be copied. */
function Snippet({ label, text }: { label: string; text: string }) {
  return (
    <figure className="snippet">
      <figcaption>
        <span>{label}</span>
        <CopyButton text={text} />
      </figcaption>
      <pre tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </figure>
  );
}

function assistantSettings(address: string): string {
  const ropeway = { type: 'http', url: `${address}/mcp`, headers: { Authorization: 'Bearer rw_…' } };
  return JSON.stringify({ mcpServers: { ropeway } }, null, 2);
}

/** How programs come in: commands, assistants, and whatever speaks HTTP. Each needs a token. */
export function Programs() {
  const { t } = useText();
  const here = location.origin;
  return (
    <>
      <Section title={t('me.commands')} lead={t('me.commands.lead')}>
        <Snippet label={t('me.commands.login')} text={`ropeway login ${here}`} />
        <Snippet label={t('me.commands.use')} text={`ropeway scenario list --server ${here}`} />
      </Section>
      <Section title={t('me.assistants')} lead={t('me.assistants.lead')}>
        <Snippet label={t('me.assistants.settings')} text={assistantSettings(here)} />
        <p className="help">{t('me.assistants.help')}</p>
      </Section>
      <Section title={t('me.http')} lead={t('me.http.lead')}>
        <Snippet label={t('me.http.example')} text={`curl -H "Authorization: Bearer rw_…" ${here}/api/v1/scenarios`} />
        <p className="help">
          <a href="/api/v1/openapi.json">{t('me.http.document')}</a>
        </p>
      </Section>
    </>
  );
}
