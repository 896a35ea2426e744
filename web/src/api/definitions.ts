import { api } from './client';
import type { App, Module, Page, Template } from './types';

// Definitions say their texts in the language of who reads them, so each language has its own entry among what was read.

/** Where the browser remembers the language, for what is asked before it is known who is signed in. */
export const languagePlace = 'ropeway.language';

const kept = { staleTime: Infinity };

export const appsQuery = (language: string) => ({
  queryKey: ['apps', language],
  queryFn: () => api.get<Page<App>>('/apps', { language }),
  ...kept,
});

/** An app with the forms of its connections, which the list leaves away. */
export const appQuery = (name: string, language: string) => ({
  queryKey: ['app', name, language],
  queryFn: () => api.get<App>(`/apps/${encodeURIComponent(name)}`, { language }),
  ...kept,
});

export function moduleQuery(module: string, version: number | undefined, language: string) {
  const [app = '', name = ''] = module.split(':');
  return {
    queryKey: ['module', module, version, language],
    queryFn: () =>
      api.get<Module>(`/apps/${encodeURIComponent(app)}/modules/${encodeURIComponent(name)}`, { version, language }),
    ...kept,
  };
}

export const templatesQuery = (language: string) => ({
  queryKey: ['templates', language],
  queryFn: () => api.get<Page<Template>>('/templates', { language }),
  ...kept,
});

export const templateQuery = (name: string, language: string) => ({
  queryKey: ['template', name, language],
  queryFn: () => api.get<Template>(`/templates/${encodeURIComponent(name)}`, { language }),
  ...kept,
});
