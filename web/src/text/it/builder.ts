import type { builder as en } from '../en/builder';

export const builder: Record<keyof typeof en, string> = {};
