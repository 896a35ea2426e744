/**
 * What people call modules whose names and descriptions say something else, in English and in Italian, by module. Small letters, without
 * accents; each word stands for itself.
 */
export const synonyms: Readonly<Record<string, string>> = {
  'builtin:BasicAggregator': 'collect group list array raccogli raggruppa elenco',
  'builtin:BasicFeeder': 'loop each foreach split ciclo ogni elementi',
  'builtin:BasicIfElse': 'condition branch otherwise condizione altrimenti',
  'builtin:BasicRepeater': 'loop times repeat ciclo volte ripeti',
  'builtin:BasicRouter': 'branch split path condition ramo percorso condizione dividi',
  'csv:CreateCSV': 'excel spreadsheet sheet foglio',
  'csv:ParseCSV': 'excel spreadsheet sheet foglio',
  'datastore:AddRecord': 'save store database table row salva tabella riga',
  'datastore:SearchRecord': 'find lookup database table row trova tabella riga',
  'gateway:CustomMailHook': 'inbox receive incoming ricevi posta arrivo',
  'gateway:CustomWebHook':
    'form website site page landing contact wordpress typeform post callback url endpoint receive incoming modulo sito pagina contatto ricevi chiamata indirizzo',
  'gateway:WebhookRespond': 'answer reply return website form page rispondi risposta sito modulo pagina',
  'http:ActionGetFile': 'image picture attachment immagine allegato',
  'http:ActionSendData': 'api rest call fetch post get url curl chiamata richiesta',
  'http:MakeRequest': 'api rest call fetch post get url curl oauth chiamata richiesta',
  'util:ComposeTransformer': 'text concat join testo unisci',
  'util:FunctionSleep': 'wait delay pause attendi ritardo pausa aspetta',
  'util:FunctionIncrement': 'count counter conta contatore',
  'util:SetVariable': 'remember store ricorda',
  'util:Switcher': 'map lookup case replace mappa',
};
