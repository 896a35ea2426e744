/** Texts of the folder builder. */
export const builder = {} as const;
