import type { entry as en } from '../en/entry';

export const entry: Record<keyof typeof en, string> = {
  'account.email': 'E-mail',
  'account.name': 'Il tuo nome',
  'account.password': 'Password',
  'account.password.help': 'Almeno 10 caratteri.',
  'account.password.new': 'Nuova password',

  'email.do': 'Usa questo indirizzo',
  'email.done': 'Il tuo indirizzo è cambiato',
  'email.done.lead': 'D’ora in poi accedi con {email}.',
  'email.lead':
    'Da quel momento accedi con questo indirizzo. I browser in cui hai effettuato l’accesso restano connessi.',
  'email.no-secret': 'Il link non è completo. Aprilo di nuovo dalla lettera.',
  'email.signed-out': 'In questo browser non hai effettuato l’accesso. Accedi in un’altra scheda, poi riprova qui.',
  'email.title': 'Conferma il tuo nuovo indirizzo',
  'email.to-account': 'Vai al tuo account',
  'join.title': "Accetta l'invito",
  'join.lead': '{email} è invitato. Scegli un nome e una password.',
  'join.known': '{email} è invitato e ha già un account. Prima accedi, poi riapri questo link.',
  'join.no-secret': 'Questo link non è completo. Aprilo così come ti è stato dato.',
  'join.do': 'Partecipa',

  'reset.ask': 'Invia il link',
  'reset.asked': 'Controlla la posta',
  'reset.asked.lead': 'Se {email} ha un account qui, un link per una nuova password è in arrivo.',
  'reset.done': 'La password è impostata. Usala per accedere.',
  'reset.lead': 'Un link per una nuova password viene inviato al tuo indirizzo e-mail.',
  'reset.no-mail': 'Se questo server non invia posta, un amministratore può creare un link per te.',
  'reset.set': 'Imposta la password',
  'reset.set.title': 'Scegli una nuova password',
  'reset.title': 'Nuova password',

  'setup.do': 'Crea il primo utente',
  'setup.done': 'Un primo utente esiste già',
  'setup.done.lead': 'Accedi, oppure chiedi un invito.',
  'setup.lead': "Questo utente è il proprietario dell'installazione: tutto resta su questa macchina.",
  'setup.no-secret':
    "Apri il link che il server ha stampato all'avvio. La sua fine, dopo “#”, prova che lo gestisci tu.",
  'setup.title': 'Benvenuto in Ropeway',

  'signin.back': "Torna all'accesso",
  'signin.code': 'Codice',
  'signin.code.help': 'Della tua app di autenticazione, o un codice di recupero.',
  'signin.do': 'Accedi',
  'signin.forgotten': 'Password dimenticata?',
  'signin.or': 'oppure',
  'signin.sso.not-invited': 'Nessuno ti ha ancora invitato. Chiedi a un amministratore.',
  'signin.sso.refused': 'Il provider di identità non ti ha fatto entrare.',
  'signin.sso.too-often': 'Troppi tentativi. Aspetta un poco.',
  'signin.title': 'Accedi',
  'signin.with': 'Continua con {provider}',
};
