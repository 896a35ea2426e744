/** Texts of the pages for who has not signed in. */
export const entry = {
  'account.email': 'E-mail',
  'account.name': 'Your name',
  'account.password': 'Password',
  'account.password.help': 'At least 12 characters.',
  'account.password.new': 'New password',

  'join.title': 'Accept the invitation',
  'join.lead': '{email} is invited. Choose a name and a password.',
  'join.known': '{email} is invited and has an account already. Sign in with it first, then open this link again.',
  'join.no-secret': 'This link is not whole. Open it as it was given to you.',
  'join.do': 'Join',

  'reset.ask': 'Send the link',
  'reset.asked': 'Look into your mail',
  'reset.asked.lead': 'If {email} has an account here, a link to a new password is on its way.',
  'reset.done': 'The password is set. Sign in with it.',
  'reset.lead': 'A link to a new password is sent to your e-mail address.',
  'reset.no-mail': 'Where this server sends no mail, an administrator can make a link for you.',
  'reset.set': 'Set the password',
  'reset.set.title': 'Choose a new password',
  'reset.title': 'New password',

  'setup.do': 'Make the first user',
  'setup.done': 'There is a first user already',
  'setup.done.lead': 'Sign in, or ask for an invitation.',
  'setup.lead': 'This user owns the installation: everything stays on this machine.',
  'setup.no-secret':
    'Open the link that the server printed when it started. Its end, behind “#”, proves that you run it.',
  'setup.title': 'Welcome to Ropeway',

  'signin.back': 'Back to signing in',
  'signin.code': 'Code',
  'signin.code.help': 'Of your authenticator app, or a recovery code.',
  'signin.do': 'Sign in',
  'signin.forgotten': 'Forgot the password?',
  'signin.or': 'or',
  'signin.sso.not-invited': 'Nobody has invited you yet. Ask an administrator.',
  'signin.sso.refused': 'The identity provider did not let you in.',
  'signin.sso.too-often': 'That was tried too often. Wait a little.',
  'signin.title': 'Sign in',
  'signin.with': 'Continue with {provider}',
} as const;
