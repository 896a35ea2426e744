import { Dialog } from '../parts/dialog';
import { useText, type Key } from '../text/text';

const shortcuts: [string, Key][] = [
  ['A', 'builder.add'],
  ['R', 'builder.add-route'],
  ['E', 'builder.add-handler'],
  ['F', 'builder.help.filter'],
  ['Enter', 'builder.help.open'],
  ['← → ↑ ↓', 'builder.help.arrows'],
  ['Alt ↑ ↓', 'builder.help.shift'],
  ['Del', 'common.delete'],
  ['Ctrl C', 'common.copy'],
  ['Ctrl V', 'builder.paste'],
  ['Ctrl A', 'builder.help.all'],
  ['Ctrl Z', 'builder.undo'],
  ['Ctrl Shift Z', 'builder.redo'],
  ['Ctrl S', 'common.save'],
  ['Ctrl Enter', 'builder.run'],
  ['O', 'builder.help.view'],
  ['L', 'builder.align'],
  ['Esc', 'builder.help.escape'],
  ['?', 'builder.help.help'],
];

/** The keys that do something here. */
export function Help({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog title={t('builder.help.title')} onClose={onClose}>
      <table className="shortcuts">
        <tbody>
          {shortcuts.map(([keys, text]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{t(text)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
