/** Texts of data structures and their fields. */
export const structure = {
  'structure.add': 'Add a field',
  'structure.add.inside': 'Add a field inside of field {n}',
  'structure.down': 'Move field {n} down',
  'structure.empty': 'A field needs a name.',
  'structure.field': 'Field {n}',
  'structure.items': 'Each item is of type',
  'structure.items.type': 'Type of the items of field {n}',
  'structure.multiline': 'several lines',
  'structure.name': 'Name of field {n}',
  'structure.name.example': 'email',
  'structure.remove': 'Remove field {n}',
  'structure.sample': 'Generate from a sample',
  'structure.sample.do': 'Make fields of it',
  'structure.sample.help': 'Paste JSON, or CSV with its header. Fields that are there already stay.',
  'structure.sample.label': 'Sample',
  'structure.sample.none':
    'No fields were found. Paste a JSON object, a list of objects, or CSV whose first line names the columns.',
  'structure.twice': 'There is a field of this name already.',
  'structure.type': 'Type of field {n}',
  'structure.up': 'Move field {n} up',
} as const;
