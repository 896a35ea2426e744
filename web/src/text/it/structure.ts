import type { structure as en } from '../en/structure';

export const structure: Record<keyof typeof en, string> = {
  'structure.add': 'Aggiungi un campo',
  'structure.add.inside': 'Aggiungi un campo dentro il campo {n}',
  'structure.down': 'Sposta giù il campo {n}',
  'structure.empty': 'Un campo ha bisogno di un nome.',
  'structure.field': 'Campo {n}',
  'structure.items': 'Ogni elemento è di tipo',
  'structure.items.type': 'Tipo degli elementi del campo {n}',
  'structure.multiline': 'più righe',
  'structure.name': 'Nome del campo {n}',
  'structure.name.example': 'email',
  'structure.remove': 'Togli il campo {n}',
  'structure.sample': 'Genera da un esempio',
  'structure.sample.do': 'Ricava i campi',
  'structure.sample.help': 'Incolla del JSON, o un CSV con la sua intestazione. I campi già presenti restano.',
  'structure.sample.label': 'Esempio',
  'structure.sample.none':
    'Non ho trovato campi. Incolla un oggetto JSON, un elenco di oggetti, o un CSV la cui prima riga dà il nome alle colonne.',
  'structure.twice': 'C’è già un campo con questo nome.',
  'structure.type': 'Tipo del campo {n}',
  'structure.up': 'Sposta su il campo {n}',
};
