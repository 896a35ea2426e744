import { useMayAnywhere } from '../../app/session';
import { Page } from '../../parts/basics';
import { useText } from '../../text/text';
import { About } from './About';
import { Backup } from './Backup';
import { MasterKey } from './MasterKey';
import { Nodes } from './Nodes';
import { Storage } from './Storage';
import '../admin.css';

/** The installation: what it takes of the disk, and what an administrator does for it. */
export function Server() {
  const { t } = useText();
  const may = useMayAnywhere();
  return (
    <Page title={t('nav.server')} lead={t('server.lead')}>
      <About />
      <Nodes />
      <Storage />
      {may('installation.edit') && (
        <>
          <Backup />
          <MasterKey />
        </>
      )}
    </Page>
  );
}
