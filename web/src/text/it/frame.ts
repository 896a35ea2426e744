import type { frame as en } from '../en/frame';

export const frame: Record<keyof typeof en, string> = {
  'nav.group.administration': 'Amministrazione',
  'nav.group.data': 'Dati',
  'nav.group.work': 'Lavoro',
  'nav.more': 'Altro',
  'nav.search': 'Cerca',
  'nav.search.title': 'Cerca e vai (Ctrl+K)',
  'nav.sidebar': 'Nomi nella barra laterale',
  'nav.sidebar.close': 'Mostra solo le icone',
  'nav.sidebar.open': 'Mostra i nomi',

  'palette.action': 'Azione',
  'palette.app': 'App',
  'palette.found': '{n} risultato | {n} risultati',
  'palette.new-scenario': 'Nuovo scenario',
  'palette.none': 'Niente ha questo nel nome.',
  'palette.page': 'Pagina',
  'palette.placeholder': 'Pagina, scenario, app o team',
  'palette.results': 'Risultati',
  'palette.scenario': 'Scenario',
  'palette.team': 'Team',
  'palette.title': 'Dove vuoi andare?',
};
