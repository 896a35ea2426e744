// The script of the pages: it shows the fields that a page needs, sends them to the API and tells what that says.
'use strict';

const secret = location.hash.slice(1);
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const at = (id) => document.getElementById(id);

// Each page: its words, its fields, and what is sent.
const pages = {
  '/setup': {
    title: 'Make the first user', lead: 'This user owns the installation. The link works until there is one.', send: 'Make the user',
    fields: ['email', 'name', 'password'], ask: (v) => ['/setup', { secret, email: v.email, name: v.name, password: v.password, zone }],
  },
  '/join': {
    title: 'Accept the invitation', lead: 'Choose a name and a password.', send: 'Join',
    fields: ['name', 'password'], ask: (v) => ['/invitations/accept', { secret, name: v.name, password: v.password, zone }],
  },
  '/reset': {
    title: 'Choose a new password', lead: 'All your sessions end with it.', send: 'Set the password',
    fields: ['password'], ask: (v) => ['/password-resets/use', { secret, password: v.password }], after: () => go('/sign-in', 'The password is set. Sign in with it.'),
  },
  '/sign-in': {
    title: 'Sign in', lead: '', send: 'Sign in',
    fields: ['email', 'password', 'code'], ask: (v) => ['/session', { email: v.email, password: v.password, ...(v.code ? { code: v.code } : {}) }],
  },
};
const path = pages[location.pathname] ? location.pathname : '/sign-in';
const page = pages[path];

function go(to, message) {
  sessionStorage.setItem('told', message);
  location.assign(to);
}

async function call(method, route, body) {
  const answer = await fetch('/api/v1' + route, { method, headers: body ? { 'Content-Type': 'application/json' } : {}, body: body ? JSON.stringify(body) : undefined });
  const text = await answer.text();
  const value = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Error([value.detail || `The server answered ${answer.status}.`, value.hint].filter(Boolean).join(' '));
  return value;
}

function tell(message) {
  at('told').textContent = message;
  at('told').hidden = !message;
}

async function inside() {
  const me = await call('GET', '/me');
  document.title = 'Ropeway';
  at('title').textContent = `Hello, ${me.user.name || me.user.email}`;
  at('lead').textContent = 'You are signed in.';
  at('command').textContent = `ropeway login ${location.origin}`;
  at('form').hidden = true;
  at('inside').hidden = false;
}

function show() {
  document.title = `${page.title} · Ropeway`;
  at('title').textContent = page.title;
  at('lead').textContent = page.lead;
  at('send').textContent = page.send;
  for (const label of document.querySelectorAll('[data-field]')) {
    const used = page.fields.includes(label.dataset.field);
    label.hidden = !used;
    label.querySelector('input').disabled = !used;
  }
  document.querySelector('[name=password]').autocomplete = path === '/sign-in' ? 'current-password' : 'new-password';
  tell(sessionStorage.getItem('told') || '');
  sessionStorage.removeItem('told');
  if (path !== '/sign-in' && !secret) tell('This link is not whole. Open it as it was given to you.');
}

at('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  tell('');
  at('send').disabled = true;
  try {
    const [route, body] = page.ask(Object.fromEntries(new FormData(event.target)));
    await call('POST', route, body);
    history.replaceState(null, '', page.after ? location.pathname : '/sign-in'); // the secret is used up
    if (page.after) page.after();
    else await inside();
  } catch (problem) {
    tell(problem.message);
  } finally {
    at('send').disabled = false;
  }
});

at('make').addEventListener('click', async () => {
  tell('');
  try {
    const { rights } = await call('GET', '/rights');
    const expires = new Date(Date.now() + 90 * 24 * 3600 * 1000).toISOString();
    const made = await call('POST', '/me/tokens', { name: 'command line', scopes: rights, expires });
    at('token').textContent = made.secret;
    at('token-line').hidden = false;
    at('make').disabled = true;
  } catch (problem) {
    tell(problem.message);
  }
});

at('leave').addEventListener('click', async () => {
  try {
    await call('DELETE', '/session');
    location.assign('/sign-in');
  } catch (problem) {
    tell(problem.message);
  }
});

show();
if (path === '/sign-in') inside().catch(() => {}); // whoever is not signed in signs in
