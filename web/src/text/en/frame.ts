/** Texts of the frame around the pages. */
export const frame = {
  'nav.group.administration': 'Administration',
  'nav.group.data': 'Data',
  'nav.group.work': 'Work',
  'nav.more': 'More',
  'nav.search': 'Search',
  'nav.search.title': 'Search and jump (Ctrl+K)',
  'nav.sidebar': 'Names in the sidebar',
  'nav.sidebar.close': 'Show icons only',
  'nav.sidebar.open': 'Show names',

  'palette.action': 'Action',
  'palette.app': 'App',
  'palette.found': '{n} result | {n} results',
  'palette.new-scenario': 'New scenario',
  'palette.none': 'Nothing has this in its name.',
  'palette.page': 'Page',
  'palette.placeholder': 'Page, scenario, app or team',
  'palette.results': 'Results',
  'palette.scenario': 'Scenario',
  'palette.team': 'Team',
  'palette.title': 'Where to?',
} as const;
